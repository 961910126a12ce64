// Package artifacts holds what a task gives: named tables of numbers with
// named dimensions and units, metrics (scalars), and files.
//
// The words are few. A [Column] is an n-dimensional array whose leading
// dimensions are the rows of its table and whose other dimensions lie within a
// cell. A [Table] is columns that share their rows. An [Artifact] is the one
// result of a task: tables, metrics, files. A [Manifest] lists them by digest,
// and the manifest's own digest is the artifact's.
//
// Each table is one Arrow IPC file, so that
//
//   - anything that reads Arrow reads a table,
//   - `sha256sum` of an exported table equals the digest that reprise prints,
//   - the same values give the same bytes, always: columns are never nullable
//     (Arrow leaves the bytes under nulls unspecified), field order is the
//     order given, and no time or host enters.
//
// Times, machines and durations belong to the result in the store, never here.
package artifacts
