// Package simd has the few loops that fits spend their time in, over neurons and over
// the units of dense layers, with the processor's vector registers where it has them.
//
// Every function exists three times: in assembly for AVX-512, for AVX2 with FMA
// (both written by the program in generate), and in Go. All three do the same
// operations, rounded once each, in the same order, so the bytes of a result do
// not depend on which one ran: sums over neurons are kept as eight partial sums,
// of the neurons whose number leaves 0 … 7 when divided by eight, whatever the
// width of the registers.
//
// Arrays over neurons have a length that is a multiple of [Block], so that there
// are no remainders; see [Padded]. Matrices are row-major: columns of a network
// are rows of such arrays. Wrong lengths panic.
package simd
