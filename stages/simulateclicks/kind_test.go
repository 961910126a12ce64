package simulateclicks

import (
	"context"
	"reflect"
	"slices"
	"strings"
	"testing"

	"reprise/artifacts"
	"reprise/spec"
	"reprise/stages/internal/tables"
)

func small() *Simulate {
	s := Kind.New().(*Simulate)
	s.Trials, s.Neurons = 60, 20
	return s
}

func run(t *testing.T, s *Simulate) *artifacts.Artifact {
	t.Helper()
	if err := s.Check(); err != nil {
		t.Fatal(err)
	}
	a, err := s.Run(context.Background(), spec.NewEnv(spec.EnvConfig{}))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func digest(t *testing.T, a *artifacts.Artifact) artifacts.Digest {
	t.Helper()
	m, _, err := a.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return m.Digest()
}

// The kind is documented, and gives the tables and metrics it documents.
func TestKindGives(t *testing.T) {
	spec.NewKinds(&Kind)
	a := run(t, small())
	var want []string
	for _, g := range Kind.Tables {
		want = append(want, g.Name)
	}
	slices.Sort(want)
	if got := a.Tables(); !reflect.DeepEqual(got, want) {
		t.Errorf("tables %v, want %v", got, want)
	}
	m := a.Metrics()
	if m["trials"] != 60 || m["neurons"] != 20 || m["test_trials"] != 12 || m["spikes"] < 1000 || len(m) != len(Kind.Metrics) {
		t.Errorf("metrics %v", m)
	}
	tr, err := tables.ReadTrials(a)
	if err != nil {
		t.Fatal(err)
	}
	net, err := tables.ReadNetwork(a)
	if err != nil {
		t.Fatal(err)
	}
	states, err := tables.ReadStates(a)
	if err != nil {
		t.Fatal(err)
	}
	if net.Rank != rank || net.Neurons != 20 || states.Len() != tr.TotalSteps() || states.Inputs != tr.Channels {
		t.Errorf("a network of %d neurons and rank %d, %d states of %d steps", net.Neurons, net.Rank, states.Len(), tr.TotalSteps())
	}
}

func TestSameSeedSameBytes(t *testing.T) {
	one, again, other := small(), small(), small()
	other.Seed++
	if digest(t, run(t, one)) != digest(t, run(t, again)) {
		t.Error("the same seed gives other bytes")
	}
	if digest(t, run(t, one)) == digest(t, run(t, other)) {
		t.Error("another seed gives the same bytes")
	}
}

func TestShuffleChangesInputsOnly(t *testing.T) {
	s := small()
	plain := run(t, s)
	s.ShuffleClicks = true
	shuffled := run(t, s)
	a, err := tables.ReadTrials(plain)
	if err != nil {
		t.Fatal(err)
	}
	b, err := tables.ReadTrials(shuffled)
	if err != nil {
		t.Fatal(err)
	}
	if slices.Equal(a.Inputs, b.Inputs) {
		t.Error("shuffle_clicks changes no clicks")
	}
	a.Inputs, b.Inputs = nil, nil
	if !reflect.DeepEqual(a, b) {
		t.Error("shuffle_clicks changes more of the trials than clicks")
	}
}

func TestCheck(t *testing.T) {
	for want, change := range map[string]func(*Simulate){
		"neurons is a whole number from 16":        func(s *Simulate) { s.Neurons = 3 },
		"trials is a whole number from 2":          func(s *Simulate) { s.Trials = 0 },
		"latent_noise is a number from 0":          func(s *Simulate) { s.LatentNoise = -1 },
		"mean_rate is a number of Hz above 0":      func(s *Simulate) { s.MeanRate = 0 },
		"folds is a whole number from 2":           func(s *Simulate) { s.Folds = 0 },
		"4 trials for training and 0 for the test": func(s *Simulate) { s.Trials = 4 },
		"too many": func(s *Simulate) { s.Trials, s.Neurons = 100_000, 10_000 },
	} {
		s := Kind.New().(*Simulate)
		if err := s.Check(); err != nil {
			t.Errorf("the defaults: %v", err)
		}
		change(s)
		if err := s.Check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v does not say %q", err, want)
		}
	}
}
