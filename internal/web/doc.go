// Package web shows runs and results to a browser on this machine: what the
// store holds, and by their logs the runs that go on. It only reads, and asks the
// store for no more than a page shows, in short transactions, so that a run
// beside it hardly notices.
package web
