package web

import (
	"io"
	"mime"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"

	"reprise/artifacts"
)

// pictures are the files that a page shows, by how their names end.
var pictures = map[string]string{".svg": "image/svg+xml", ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".gif": "image/gif", ".webp": "image/webp"}

// file sends a file of an artifact: a picture as what it is, anything else to be
// saved. Anybody's program may have written it, so nothing in it is run.
func (s *Server) file(w http.ResponseWriter, r *http.Request) {
	_, t, m, err := s.entries(r)
	if err != nil {
		s.write(w, r, nil, err)
		return
	}
	name := r.URL.Query().Get("name")
	i := slices.IndexFunc(m.Files, func(e artifacts.Entry) bool { return e.Name == name })
	if i < 0 {
		s.write(w, r, nil, missing("There is no file "+name+" in the result of "+t.Address+"."))
		return
	}
	c, err := s.content(m.Files[i])
	if err != nil {
		s.write(w, r, nil, err)
		return
	}
	h := w.Header()
	h.Set("Content-Security-Policy", filePolicy)
	h.Set("Content-Length", strconv.FormatInt(c.Size(), 10))
	if typ, ok := pictures[strings.ToLower(path.Ext(name))]; ok {
		h.Set("Content-Type", typ)
	} else {
		h.Set("Content-Type", "application/octet-stream")
		h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": path.Base(name)}))
	}
	if r.Method == http.MethodGet {
		_, _ = io.CopyBuffer(struct{ io.Writer }{w}, io.NewSectionReader(c, 0, c.Size()), make([]byte, 1<<20)) // who asked may be gone
	}
}
