// Package cache keeps results and artifacts in one bbolt file, the store. This
// is the specification of that file, format 5.
//
// # Terms
//
// A key is a question: the sha256 of the text that says everything that can
// change a task's result. A [Result] is what a key maps to. It names an artifact
// by digest; the artifact's manifest names contents, its tables and files, by
// digest. A content lies in chunks. A record is a small value with a seal. A root
// is a name, of a tag or of a lock file, that keeps results from gc.
//
// # Invariants
//
//  1. Where a result is, its artifact's manifest is, and all contents that the
//     manifest lists, whole. One transaction makes them reachable together.
//  2. Contents are found by the sha256 of their bytes and stored once.
//  3. Every chunk belongs to exactly one content, or is pending.
//  4. The number of a chunk is never given twice.
//  5. Nothing is returned that its seal, its sums or its digest does not confirm;
//     parts of a content are by its digest when it is opened.
//  6. No result is there before those that it was made from, in the run that made them.
//
// [Store.Check] tests all of it, the key texts and the pages of bbolt included.
//
// # Buckets
//
// Numbers are unsigned, of 64 bits, big-endian. A digest and a key are 32 bytes.
// An address is experiment and task address: the experiment quoted as in Go, a
// space, the address. All values but chunks are records.
//
//	bucket     key                        payload
//	meta       "format"                   the format number in decimal
//	meta       "stamp"                    16 random bytes, others whenever results or latest change
//	results    key                        Result as JSON, a newline, the key text
//	artifacts  digest of the payload      text of the manifest (artifacts.Manifest)
//	contents   digest                     size in bytes; for each span of chunks: first number, count; the sum of each chunk
//	chunks     number                     (no record) at most 1 MiB - 4 KiB of a content
//	pending    owner (16 bytes), number   how many chunks from that number on are on their way
//	latest     address                    key of the last result there
//	failures   key                        Failure as JSON
//	logs       key                        run ID, a newline, what the task wrote
//	runs       start (ns since 1970), ID  Run as JSON, without its tasks
//	run_tasks  sha256 of the payload      256 tasks of runs, or the last of them, as JSON; or a run's List: a JSON array of the keys of such, in order
//	files      path                       size, mtime, ctime (ns), inode, device; the content's digest
//	roots      "tag NAME", "lock PATH"    Root as JSON: when it was put, and keys, which need not have results
//	code       version in key texts       digests of the functions that a package had then, as JSON by name
//
// A record is its seal and its payload. The seal is the first 16 bytes of the
// sha256 of: the bucket's name, a zero byte, the length of the key in 32 bits,
// the key, the payload. That form, and the meta bucket, are those of every
// format; a reprise refuses a store whose number is not its own.
//
// The sum of a chunk is its XXH3 of 128 bits: it is what reading compares, and takes a
// fifteenth of the time of sha256. No damage passes it but by a chance of 2^-128; who
// can write to the store can make what does, and its seals too. Copying a
// content out of the store and verifying compare the digest, and so does putting one,
// but for a table that was encoded, and summed up, a moment ago.
//
// Chunks are numbered in order of arrival, fill their pages to the end, and are
// read from the file, not its mapping, so that the kernel reads ahead.
//
// # Writing
//
// A [Store.Put] of up to 16 MiB is one transaction. Of a larger one all but the
// last part goes in before, as pending chunks, 16 MiB a transaction. The owner of
// pending chunks is a process that holds the lock of the file
// store.db.claims/owner-<id>. Pending chunks whose owner's lock is free are swept
// by whoever opens the store for writing next. Every transaction is synced; writes
// that arrive during one share the next.
//
// # Checkpoints
//
// The state of a task that did not finish is a file of its own, so that it can be
// large and short-lived without the store's file growing:
// store.db.checkpoints/<key>, made under the name part-<owner>-<random>, synced
// and renamed by whoever has the claim on the key. It is the sha256 of what
// follows, 32 bytes; a line "reprise-checkpoint 1", key, architecture, toolchain,
// seconds of computing; the state, of at most 1 GiB. One that its sum does not
// confirm, or of another architecture or toolchain, is not returned. [Store.Put]
// of the key's result drops it.
//
// # Remembered plans
//
// A run that ended with every task in place leaves what it planned, so that the
// next one can tell that nothing changed without reading the experiment. It is a
// file of its own, which is read before the store is opened:
// store.db.plans/<key>, which has two parts, both the runner's: the sum of the
// first (XXH3, 16 bytes), its length in 32 bits, the first, the sum of the second, the
// second, which is read only where something differs. It is not
// synced: a part that its sum does not confirm is not read, and without it a run
// takes longer and no more. 64 are kept.
// [Store.Stand] tells whether the results that a plan names are there as they were:
// they are where the store has its stamp still, which every change of results, and of
// what addresses stand for, replaces by random bytes.
//
// # Collecting
//
// [Store.Collect] deletes what can be computed again and is old; [Keep] says what
// that is. One transaction deletes results, artifacts, contents, logs, failures,
// versions of code, records of runs and digests of files that are gone, and makes
// the chunks pending, so that invariants hold at every moment; these go after that. Roots, what running processes use,
// and the last runs of each experiment keep their results. The file of an owner
// lists, 32 bytes each, the keys that its process has asked for: live.go.
// Checkpoints go that are old or whose key has a result, unless it is claimed.
//
// bbolt reuses free pages and gives none back. [Store.Compact] copies everything
// into store.db.compact, with the gate closed, and renames that to store.db.
//
// # Sharing
//
// Locks are the kernel's (flock), so that whoever crashes lets go. Beside
// store.db lie store.db.lock, the gate to the file, and store.db.waiting, held by
// whoever waits at the gate: spell.go. A process has the file open only in short
// spells, and lets go within 10 ms and its current transaction when another
// waits. A claim on a key is the lock of the file store.db.claims/<key>, which is
// a second name of a file spare-<owner>-<random> there: claim.go. Network
// file systems, where neither these locks nor bbolt's mapping are safe, are
// refused. A store in a folder that cannot be written can be read.
//
// # Damage
//
// A flipped byte in a record or content is [ErrCorrupt] when that is read; after
// [Store.Forget] of the result it can be put again. A flipped byte in the
// structure of bbolt's pages makes bbolt panic, recurse without end, or lose or mix
// up records: pages.go looks at the branches when a process first opens the file,
// at leaves before it first writes, and at all pages in [Store.Check]; what it finds,
// and a panic, is [ErrStructure], and seals show the rest. A file that is cut off is refused when it is opened.
package cache
