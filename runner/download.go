package runner

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"time"

	"reprise/artifacts"
	"reprise/spec"
)

// fetchLimits bound what a server can do to a download.
type fetchLimits struct {
	answer time.Duration // until a server answers
	idle   time.Duration // without a byte
	size   int64         // bytes, whatever the digest would be
}

var defaultLimits = fetchLimits{time.Minute, time.Minute, 256 << 30}

// download fetches a dataset next to where it shall lie, checks it, and moves it there.
func (f *Files) download(ctx context.Context, set *spec.Dataset, to string, progress func(done, total int64)) error {
	if err := os.MkdirAll(f.Downloads, 0o777); err != nil {
		return err
	}
	limits := cmp.Or(f.limits, defaultLimits)
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	body, size, err := fetch(ctx, set.URL, limits)
	if err != nil {
		return fmt.Errorf("%s cannot be fetched from %s: %w. Put the file %s into a folder and name it in REPRISE_DATASETS to do without", set.Address, set.URL, err, set.FileName())
	}
	defer body.Close()
	part, err := os.CreateTemp(f.Downloads, "part-"+f.Store.Owner()+"-*")
	if err != nil {
		return err
	}
	defer os.Remove(part.Name())
	defer part.Close()
	h := sha256.New()
	stalled := fmt.Errorf("nothing came for %s", limits.idle)
	timer := time.AfterFunc(limits.idle, func() { cancel(stalled) })
	defer timer.Stop()
	watched := &watchedReader{ctx: ctx, r: body, total: size, progress: func(done, total int64) {
		timer.Reset(limits.idle)
		progress(done, total)
	}}
	n, err := io.Copy(io.MultiWriter(part, h), io.LimitReader(watched, limits.size+1))
	if n > limits.size {
		err = fmt.Errorf("it is larger than %s, which is as much as is fetched", sizeText(limits.size))
	}
	if err != nil {
		if context.Cause(ctx) == stalled {
			err = stalled
		}
		return fmt.Errorf("%s: download from %s stopped: %w", set.Address, set.URL, err)
	}
	var got artifacts.Digest
	h.Sum(got[:0])
	if got != set.SHA256 {
		return mismatch(set, set.URL, got)
	}
	if err := part.Sync(); err != nil {
		return err
	}
	return os.Rename(part.Name(), to)
}

func fetch(ctx context.Context, address string, limits fetchLimits) (io.ReadCloser, int64, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, 0, err
	}
	if u.Scheme == "file" {
		r, err := os.Open(u.Path)
		return r, -1, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, 0, err
	}
	resp, err := client(limits).Do(req)
	if again := (*url.Error)(nil); errors.As(err, &again) {
		err = again.Err // the address is named already
	}
	if err != nil {
		return nil, 0, err
	}
	switch {
	case resp.StatusCode != http.StatusOK:
		err = fmt.Errorf("the server answers %s", resp.Status)
	case resp.ContentLength > limits.size:
		err = fmt.Errorf("it has %s, and at most %s is fetched", sizeText(resp.ContentLength), sizeText(limits.size))
	default:
		return resp.Body, resp.ContentLength, nil
	}
	resp.Body.Close()
	return nil, 0, err
}

// client is one that does not wait for ever, and has no connection to keep.
func client(limits fetchLimits) *http.Client {
	return &http.Client{Transport: &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: limits.answer}).DialContext,
		TLSHandshakeTimeout:   limits.answer,
		ResponseHeaderTimeout: limits.answer,
		ForceAttemptHTTP2:     true,
		DisableKeepAlives:     true,
	}}
}
