package cache

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// Key is the content address of a task: the sha256 of its key text, the name of
// a question. The answer's name has another type, artifacts.Digest.
type Key [sha256.Size]byte

// KeyOf returns the key of a key text.
func KeyOf(text string) Key { return sha256.Sum256([]byte(text)) }

// String returns the key as 64 hexadecimal digits.
func (k Key) String() string { return hex.EncodeToString(k[:]) }

// Short returns the first 12 hexadecimal digits, for people.
func (k Key) Short() string { return k.String()[:12] }

// MarshalText and UnmarshalText make a Key a hexadecimal string in JSON.
func (k Key) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText parses what MarshalText wrote.
func (k *Key) UnmarshalText(b []byte) (err error) {
	*k, err = ParseKey(string(b))
	return err
}

// ParseKey reads 64 hexadecimal digits.
func ParseKey(s string) (Key, error) {
	var k Key
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != len(k) {
		return k, fmt.Errorf("%q is not a key: 64 hexadecimal digits are expected", s)
	}
	copy(k[:], b)
	return k, nil
}
