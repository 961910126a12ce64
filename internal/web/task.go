package web

import (
	"errors"
	"fmt"
	"net/http"
	"path"
	"slices"
	"strings"

	"reprise/artifacts"
	"reprise/cache"
	"reprise/internal/view"
	"reprise/internal/words"
	"reprise/runner"
)

// taskData is what the page of a task shows.
type taskData struct {
	*task
	Run      *run
	Kind     string
	Doc      string // what the kind does
	Reasons  []string
	Result   *cache.Result // nil where there is none, or no more
	Metrics  []metric
	Progress *progress // while it runs and says how far it is
	Items    []item    // what its key covers
	Tables   []tableRow
	Files    []fileRow
	Log      string
	LogRun   string
	Error    string
	Fault    string // why its artifact cannot be shown
}

// progress is how far a task is.
type progress struct {
	Share float64
	Text  string
}

func (t *task) progress() *progress {
	if t.State != runner.Started || t.Logged == nil || t.Logged.Total <= 0 {
		return nil
	}
	return &progress{float64(t.Logged.Done) / float64(t.Logged.Total), fmt.Sprintf("%d of %d %s", t.Logged.Done, t.Logged.Total, t.Logged.Unit)}
}

// item is one thing in a key; of an input the tasks that made it.
type item struct {
	runner.Item
	From []link
}

type tableRow struct {
	Name, URL, Rows, Size, Doc string
	Columns                    []columnHead
}

type columnHead struct {
	Name, Type, Unit, Cell string
	Number                 bool
}

type fileRow struct {
	Name, URL, Size, Doc string
	IsPicture            bool
}

func (s *Server) taskPage(r *http.Request) (*page, error) {
	run, err := s.findRun(r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	t, err := run.findTask(r.URL.Query().Get("address"))
	if err != nil {
		return nil, err
	}
	d, err := s.taskData(run, t)
	if err != nil {
		return nil, err
	}
	p := &page{Title: t.Address, Crumbs: crumbs(run), name: "task", Data: d}
	if run.Live {
		p.Events = address(run.Path()+"/task-events", "address", t.Address, "state", t.State)
	}
	return p, nil
}

func crumbs(r *run) []link {
	return []link{{"Runs", "/"}, {r.Title(), r.Path()}}
}

func (s *Server) taskData(r *run, t *task) (*taskData, error) {
	d := &taskData{task: t, Run: r, Result: s.result(t), Progress: t.progress()}
	if t.Logged != nil {
		d.Reasons, d.Error = t.Logged.Reasons, t.Logged.Error
	}
	for _, st := range r.Stages {
		if slices.Contains(st.Tasks, t) {
			d.Kind = st.Kind
		}
	}
	keyText := ""
	if d.Result != nil {
		d.Kind, keyText = d.Result.Kind, d.Result.KeyText
		if err := s.artifact(d); err != nil {
			d.Fault = err.Error()
		}
	}
	if err := s.log(d, &keyText); err != nil {
		return nil, err
	}
	if k := s.Kinds.Get(d.Kind); k != nil {
		d.Doc = k.Doc
	}
	d.Metrics = s.metrics(d.Kind, t)
	makers := map[string][]link{}
	for _, o := range r.tasks {
		if o.Artifact != (artifacts.Digest{}) {
			makers[o.Artifact.String()] = append(makers[o.Artifact.String()], link{o.Address, address(r.Path()+"/task", "address", o.Address)})
		}
	}
	if keyText != "" {
		for _, i := range runner.Items(keyText) {
			from := makers[i.Value]
			slices.SortFunc(from, func(a, b link) int { return strings.Compare(a.Text, b.Text) })
			d.Items = append(d.Items, item{i, from})
		}
	}
	return d, nil
}

// log reads what the task wrote, and how it failed; keyText is that of one without
// a result.
func (s *Server) log(d *taskData, keyText *string) error {
	if d.Key == (cache.Key{}) {
		return nil
	}
	run, log, err := s.Store.Log(d.Key)
	if err != nil && !errors.Is(err, cache.ErrMissing) {
		return err
	}
	d.Log, d.LogRun = strings.ToValidUTF8(string(log), "\uFFFD"), run
	failure, err := s.Store.Failure(d.Key)
	switch {
	case err == nil && *keyText == "":
		*keyText = failure.KeyText
		if d.State == runner.Failed {
			d.Error = failure.Error
		}
	case err != nil && !errors.Is(err, cache.ErrMissing):
		return err
	}
	return nil
}

// artifact lists what the result of a task holds.
func (s *Server) artifact(d *taskData) error {
	m, err := s.Store.Manifest(d.Result.Artifact)
	if err != nil {
		return err
	}
	gives := s.gives(d.Kind)
	at := func(page, name string) string {
		return address(d.Run.Path()+"/"+page, "address", d.Address, "name", name)
	}
	for _, e := range m.Tables {
		row := tableRow{Name: e.Name, URL: at("table", e.Name), Size: words.Size(e.Size), Doc: view.DocOf(gives.Tables, e.Name)}
		t, err := s.openTable(e)
		if err != nil {
			return err
		}
		row.Rows, row.Columns = dimensions(t.Head().Rows), columnHeads(t.Head())
		d.Tables = append(d.Tables, row)
	}
	for _, e := range m.Files {
		_, isPicture := pictures[strings.ToLower(path.Ext(e.Name))]
		if vector := strings.TrimSuffix(e.Name, path.Ext(e.Name)) + ".svg"; vector != e.Name && slices.ContainsFunc(m.Files, func(e artifacts.Entry) bool { return e.Name == vector }) {
			isPicture = false // the same is there as a drawing
		}
		d.Files = append(d.Files, fileRow{e.Name, at("file", e.Name), words.Size(e.Size), view.DocOf(gives.Files, e.Name), isPicture})
	}
	return nil
}

// dimensions says sizes by name: trial:664.
func dimensions(dims []artifacts.Dim) string {
	var parts []string
	for _, d := range dims {
		parts = append(parts, fmt.Sprintf("%s:%d", d.Name, d.Size))
	}
	return strings.Join(parts, ", ")
}

func columnHeads(t *artifacts.Table) (heads []columnHead) {
	for _, c := range t.Columns {
		heads = append(heads, columnHead{c.Name, c.Type(), c.Unit, dimensions(c.Cell), c.Type() != "string"})
	}
	return heads
}
