package cache

import (
	"encoding/binary"
	"os"
)

// IsStore tells whether a file looks like a store, so that nothing else is written
// in its place.
func IsStore(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	const pageHeader, magic = 16, 0xED0CDAED // as bbolt begins its first page
	var b [4]byte
	_, err = f.ReadAt(b[:], pageHeader)
	return err == nil && binary.NativeEndian.Uint32(b[:]) == magic
}
