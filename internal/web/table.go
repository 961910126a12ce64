package web

import (
	"net/http"
	"strconv"

	"reprise/artifacts"
	"reprise/cache"
	"reprise/internal/words"
)

// rowsShown is how many rows of a table a page has.
const rowsShown = 100

// tableData is what the page of a table shows.
type tableData struct {
	Table            tableRow
	Run              *run
	Task             string
	Rows             [][]string
	Numbers          []int // of the rows, from 1
	From, To, Total  int   // rows from 1
	First, Last      string
	Previous, Next   string
	Address, TaskURL string
}

// content opens a table or file of an artifact, checked once against its digest.
func (s *Server) content(e artifacts.Entry) (*cache.Stored, error) {
	if c, ok := s.opened.Load(e.Digest); ok {
		return c.(*cache.Stored), nil
	}
	c, err := s.Store.Open(e)
	if err != nil {
		return nil, err
	}
	s.opened.Store(e.Digest, c)
	return c, nil
}

func (s *Server) openTable(e artifacts.Entry) (*artifacts.TableFile, error) {
	c, err := s.content(e)
	if err != nil {
		return nil, err
	}
	return artifacts.OpenTable(e.Name, c, c.Size())
}

// entries are the tables and files of a task's artifact, as a request names them.
func (s *Server) entries(r *http.Request) (*run, *task, *artifacts.Manifest, error) {
	run, err := s.findRun(r.PathValue("id"))
	if err != nil {
		return nil, nil, nil, err
	}
	t, err := run.findTask(r.URL.Query().Get("address"))
	if err != nil {
		return nil, nil, nil, err
	}
	result := s.result(t)
	if result == nil {
		return nil, nil, nil, missing("The store has no result of " + t.Address + ", or has it no more.")
	}
	m, err := s.Store.Manifest(result.Artifact)
	return run, t, m, err
}

func (s *Server) tablePage(r *http.Request) (*page, error) {
	run, t, m, err := s.entries(r)
	if err != nil {
		return nil, err
	}
	name := r.URL.Query().Get("name")
	e, ok := m.Table(name)
	if !ok {
		return nil, missing("There is no table " + name + " in the result of " + t.Address + ".")
	}
	file, err := s.openTable(e)
	if err != nil {
		return nil, err
	}
	d := tableData{Run: run, Task: t.Address, Total: file.Head().Len(), Address: run.Path() + "/table", TaskURL: address(run.Path()+"/task", "address", t.Address),
		Table: tableRow{Name: e.Name, Rows: dimensions(file.Head().Rows), Size: words.Size(e.Size), Columns: columnHeads(file.Head())}}
	from, _ := strconv.Atoi(r.URL.Query().Get("from"))
	from = max(1, min(from, d.Total))
	if err := d.fill(file, from-1); err != nil {
		return nil, err
	}
	at := func(from int) string {
		return address(d.Address, "address", t.Address, "name", name, "from", strconv.Itoa(from))
	}
	if from > 1 {
		d.First, d.Previous = at(1), at(max(1, from-rowsShown))
	}
	if d.To < d.Total {
		d.Next, d.Last = at(d.To+1), at((d.Total-1)/rowsShown*rowsShown+1)
	}
	return &page{Title: name + " of " + t.Address, Crumbs: append(crumbs(run), link{t.Address, d.TaskURL}), name: "table", Data: d}, nil
}

// fill takes the rows from one on; they may lie in two parts of the file.
func (d *tableData) fill(file *artifacts.TableFile, from int) error {
	d.From, d.To = from+1, from
	for d.To < min(from+rowsShown, d.Total) {
		t, err := file.Page(d.To, from+rowsShown-d.To)
		if err != nil {
			return err
		}
		for i := range t.Len() {
			var row []string
			for _, c := range t.Columns {
				row = append(row, words.Cell(c, i))
			}
			d.Rows = append(d.Rows, row)
			d.Numbers = append(d.Numbers, d.To+i+1)
		}
		d.To += t.Len()
	}
	return nil
}
