package tables

import (
	"fmt"

	"reprise/artifacts"
	"reprise/stages/internal/trials"
)

// ReadPositions reads the place of each trial in its session, from 0: the column
// position of the table trials, or the row where there is no such column.
func ReadPositions(a *artifacts.Artifact) ([]int, error) {
	table, err := a.Table("trials")
	if err != nil {
		return nil, err
	}
	if table.Has("position") {
		r := reader{table: table}
		return r.ints("position"), r.err
	}
	rows := make([]int, table.Len())
	for k := range rows {
		rows[k] = k
	}
	return rows, nil
}

// Score returns the tables fit and test_trials of a score.
func Score(s *trials.Score) []*artifacts.Table {
	columns := []artifacts.Column{artifacts.Ints("position", "", ints(s.Position))}
	if s.Spikes {
		columns = append(columns, artifacts.Floats("spikes", "", s.Total), artifacts.Floats("gain", "nat", s.Gain))
	} else {
		squared := make([]float64, len(s.Gain))
		for k, below := range s.Gain {
			squared[k] = s.Total[k] - below
		}
		columns = append(columns, artifacts.Floats("squared_error", "", squared), artifacts.Floats("squared_deviation", "", s.Total))
	}
	return []*artifacts.Table{
		artifacts.NewTable("fit", artifacts.Dim{Name: "fit", Size: 1}, artifacts.Ints("rank", "", []int64{int64(s.Rank)}),
			artifacts.Bytes("latent_noise", "", flags([]bool{s.Noisy}))),
		artifacts.NewTable("test_trials", artifacts.Dim{Name: Trial, Size: len(s.Gain)}, columns...),
	}
}

// ReadScore reads the tables fit and test_trials.
func ReadScore(a *artifacts.Artifact) (*trials.Score, error) {
	fit, err := a.Table("fit")
	if err != nil {
		return nil, err
	}
	table, err := a.Table("test_trials")
	if err != nil {
		return nil, err
	}
	of, r := reader{table: fit}, reader{table: table}
	ranks, noisy := of.ints("rank"), of.ints("latent_noise")
	if of.err != nil {
		return nil, of.err
	}
	if len(ranks) != 1 || len(noisy) != 1 {
		return nil, fmt.Errorf("table fit has %d rows, not one", len(ranks))
	}
	s := &trials.Score{Rank: ranks[0], Noisy: noisy[0] != 0, Spikes: table.Has("spikes"), Position: r.ints("position")}
	if s.Spikes {
		s.Total, _ = r.required("spikes", Trial)
		s.Gain, _ = r.required("gain", Trial)
		return s, r.err
	}
	s.Total, _ = r.required("squared_deviation", Trial)
	squared, _ := r.required("squared_error", Trial)
	if r.err != nil {
		return nil, r.err
	}
	for k := range squared {
		s.Gain = append(s.Gain, s.Total[k]-squared[k])
	}
	return s, nil
}
