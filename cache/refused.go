package cache

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"
)

const elsewhere = "choose another with --store or REPRISE_STORE"

// cannotWrite says what people can do about a disk that refused something.
func (s *Store) cannotWrite(err error) error {
	switch {
	case isRefusal(err, syscall.ENOSPC), isRefusal(err, syscall.EDQUOT):
		return fmt.Errorf("%w %s: no space is left for it (%w); make room, or %s; what was done is kept", ErrRefused, s.path, err, elsewhere)
	case isRefusal(err, syscall.EIO):
		return fmt.Errorf("%w %s: its disk may be failing (%w); look at the disk, copy the store to another one, and name it with --store or REPRISE_STORE", ErrRefused, s.path, err)
	case isRefusal(err, syscall.EROFS), errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%w %s: read-only folder or file (%w); %s", ErrRefused, s.path, err, elsewhere)
	}
	return fmt.Errorf("%w %s: %w; %s", ErrRefused, s.path, err, elsewhere)
}

// isRefusal looks at the text too: where its file cannot grow, bbolt gives no
// more than that.
func isRefusal(err error, errno syscall.Errno) bool {
	return errors.Is(err, errno) || strings.HasSuffix(err.Error(), errno.Error())
}
