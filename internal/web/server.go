package web

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"reprise/artifacts"
	"reprise/cache"
	"reprise/internal/graphsvg"
	"reprise/internal/words"
	"reprise/spec"
)

// Server shows one store.
type Server struct {
	Store *cache.Store // open for reading
	Logs  string       // the folder of the logs of runs
	Kinds spec.Kinds   // what documents metrics and tables

	opened sync.Map // of contents that were compared with their digests: *cache.Stored by artifacts.Digest
}

// Serve answers on a port of loopback, any that is free where it is 0, until ctx
// is done. It tells where before it begins.
func (s *Server) Serve(ctx context.Context, port int, tell func(address string)) error {
	l, err := net.Listen("tcp4", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return fmt.Errorf("cannot listen on port %d of this machine: %w; choose another with --port, or 0 for any that is free", port, err)
	}
	port = l.Addr().(*net.TCPAddr).Port
	g := &guard{token: newToken(), next: s.handler(),
		hosts: hostsOf(port)}
	server := &http.Server{Handler: g, ReadHeaderTimeout: 10 * time.Second, MaxHeaderBytes: 64 << 10,
		BaseContext: func(net.Listener) context.Context { return ctx }}
	stop := context.AfterFunc(ctx, func() { server.Close() })
	defer stop()
	tell(fmt.Sprintf("http://%s/?token=%s", g.hosts[0], g.token))
	if err = server.Serve(l); ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

//go:embed pages/*.html static
var assets embed.FS

// hostsOf is how browsers name this server: the usual port of http they leave out.
func hostsOf(port int) []string {
	hosts := []string{fmt.Sprintf("127.0.0.1:%d", port), fmt.Sprintf("localhost:%d", port)}
	if port == 80 {
		hosts = append(hosts, "127.0.0.1", "localhost")
	}
	return hosts
}

// handler are the pages.
func (s *Server) handler() http.Handler {
	static, err := fs.Sub(assets, "static")
	if err != nil {
		panic(err) // it is embedded
	}
	m := http.NewServeMux()
	m.Handle("GET /static/", http.StripPrefix("/static/", http.FileServerFS(static)))
	m.HandleFunc("GET /static/graph.css", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/css; charset=utf-8")
		_, _ = io.WriteString(w, graphsvg.CSS)
	})
	for path, page := range map[string]func(*http.Request) (*page, error){
		"/{$}":            s.runsPage,
		"/run/{id}":       s.runPage,
		"/run/{id}/stage": s.stagePage,
		"/run/{id}/task":  s.taskPage,
		"/run/{id}/table": s.tablePage,
		"/compare":        s.comparePage,
	} {
		m.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) {
			p, err := page(r)
			s.write(w, r, p, err)
		})
	}
	m.HandleFunc("GET /run/{id}/file", s.file)
	m.HandleFunc("GET /events", s.runsEvents)
	m.HandleFunc("GET /run/{id}/events", s.runEvents)
	m.HandleFunc("GET /run/{id}/task-events", s.taskEvents)
	m.HandleFunc("GET /", func(w http.ResponseWriter, r *http.Request) {
		s.write(w, r, nil, missing("There is no such page."))
	})
	return m
}

// page is what one shows: its own template with its data, in the frame of all.
type page struct {
	Title  string
	Crumbs []link // pages above it
	Events string // where it is told what changes; "" where nothing does
	name   string // of its template
	Data   any
}

type link struct{ Text, URL string }

var functions = template.FuncMap{
	"seconds": words.Seconds,
	"figure":  words.Figure,
	"size":    words.Size,
	"count":   words.Count,
	"when":    func(t time.Time) string { return t.Local().Format("2006-01-02 15:04:05") },
	"iso":     func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
	"short":   func(d artifacts.Digest) string { return d.Short() },
	"to":      address,
	"runs":    options,
	"add":     func(a, b int) int { return a + b },
}

// templates are parsed by the first page: every command would wait for them.
var templates = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("").Funcs(functions).ParseFS(assets, "pages/*.html"))
})

// render runs a template.
func render(name string, data any) ([]byte, error) {
	var b bytes.Buffer
	err := templates().ExecuteTemplate(&b, name, data)
	return b.Bytes(), err
}

// body is the page's own part.
func (p *page) Body() (template.HTML, error) {
	b, err := render(p.name, p.Data)
	return template.HTML(b), err // a template has escaped it
}

// address is a path with parameters, given as names and values in turn.
func address(path string, parameters ...string) string {
	q := url.Values{}
	for i := 0; i+1 < len(parameters); i += 2 {
		if parameters[i+1] != "" {
			q.Set(parameters[i], parameters[i+1])
		}
	}
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

// missing is an error about what was asked for.
type missing string

// Error says what is missing.
func (m missing) Error() string { return string(m) }

// moved is an error about a run that has another address by now.
type moved struct{ from, to string }

func (m moved) Error() string { return "The run has ended; its page is /run/" + m.to }

// write sends a page, or says what is wrong.
func (s *Server) write(w http.ResponseWriter, r *http.Request, p *page, err error) {
	status := http.StatusOK
	var gone moved
	if errors.As(err, &gone) {
		to := *r.URL
		to.Path = strings.Replace(to.Path, gone.from, gone.to, 1)
		http.Redirect(w, r, to.RequestURI(), http.StatusFound)
		return
	}
	if err != nil {
		var m missing
		status = http.StatusInternalServerError
		if errors.As(err, &m) || errors.Is(err, cache.ErrMissing) || errors.Is(err, fs.ErrNotExist) {
			status = http.StatusNotFound
		}
		p = &page{Title: "Not shown", name: "fault", Data: err.Error()}
	}
	b, err := render("frame", p)
	if err != nil {
		refuse(w, http.StatusInternalServerError, "This page cannot be shown: "+err.Error())
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(b) // who asked may be gone
}
