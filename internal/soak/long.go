//go:build soak

package soak

// Long tells whether tests were asked to take their time.
const Long = true
