package evaluatefit

import (
	"encoding/binary"
	"math"
	"os"
	"testing"
	"time"

	"gonum.org/v1/gonum/mat"
	"reprise/artifacts"
	"reprise/spec"
	"reprise/stages/fitlrrnn"
	"reprise/stages/internal/rng"
	"reprise/stages/internal/tables"
	"reprise/stages/internal/trials"
)

func dumped(t testing.TB, name string) *trials.Trials {
	b, err := os.ReadFile("/tmp/lrrnn_" + name + ".bin")
	if err != nil {
		t.Skip(err)
	}
	f := func(n int) []float64 {
		out := make([]float64, n)
		for i := range out {
			out[i] = math.Float64frombits(binary.LittleEndian.Uint64(b[8*i:]))
		}
		b = b[8*n:]
		return out
	}
	h := f(2)
	K, N := int(h[0]), int(h[1])
	tr := &trials.Trials{Neurons: N, Channels: 2}
	at := 0
	for k, n := range f(K) {
		tr.First = append(tr.First, at)
		tr.Steps = append(tr.Steps, int(n))
		tr.Test = append(tr.Test, k%5 == 4)
		at += int(n)
	}
	for _, c := range f(K) {
		tr.Choice = append(tr.Choice, int(c))
	}
	tr.Gamma, tr.Start, tr.Baseline = f(K), f(K), f(K*N)
	tr.Counts, b = b[:at*N:at*N], b[at*N:]
	tr.Inputs = f(at * 2)
	return tr
}

func evalTmp(t *testing.T, tr *trials.Trials, drift bool) {
	data := artifacts.New(tables.Trials(tr)...)
	fit := fitlrrnn.Kind.New().(*fitlrrnn.Fit)
	fit.Drift = drift
	env := func(in map[string][]*artifacts.Artifact) *spec.Env {
		return spec.NewEnv(spec.EnvConfig{Threads: 2, Inputs: in})
	}
	start := time.Now()
	f, err := fit.Run(t.Context(), env(map[string][]*artifacts.Artifact{"trials": {data}}))
	if err != nil {
		t.Fatal(err)
	}
	t.Log("fit", time.Since(start), f.Metrics())
	net, _ := tables.ReadNetwork(f)
	states, _ := tables.ReadStates(f)
	r := rng.New(1, "x")
	J := 3000
	phi := mat.NewDense(net.Neurons, J, nil)
	for j := range J {
		k, v := states.At(r.IntN(states.Len()))
		for i := range net.Neurons {
			phi.Set(i, j, math.Tanh(net.Drive(i, k, v)))
		}
	}
	var svd mat.SVD
	svd.Factorize(phi, mat.SVDThinU)
	var u mat.Dense
	svd.UTo(&u)
	sv := svd.Values(nil)
	K := 0
	for _, x := range sv {
		if x > 1e-2*sv[0] {
			K++
		}
	}
	U := u.Slice(0, net.Neurons, 0, K)
	n := mat.NewDense(net.Neurons, net.Rank, net.N)
	var c, p mat.Dense
	c.Mul(U.T(), n)
	p.Mul(U, &c)
	t.Log("K", K, "share", mat.Norm(&p, 2)*mat.Norm(&p, 2)/mat.Norm(n, 2)/mat.Norm(n, 2))
	nd := artifacts.Dim{Name: "neuron", Size: net.Neurons}
	sub := artifacts.New(
		artifacts.NewTable("neurons", nd, artifacts.Floats("n_identified", "", p.RawMatrix().Data, artifacts.Dim{Name: "latent", Size: net.Rank})),
		artifacts.NewTable("modes", nd, artifacts.Floats("mode", "", mat.DenseCopyOf(U).RawMatrix().Data, artifacts.Dim{Name: "mode", Size: K})))
	start = time.Now()
	e := Kind.New().(*Evaluate)
	a, err := e.Run(t.Context(), env(map[string][]*artifacts.Artifact{"trials": {data}, "fit": {f}, "subspace": {sub}}))
	if err != nil {
		t.Fatal(err)
	}
	t.Log("evaluate", time.Since(start))
	for _, g := range Kind.Metrics {
		if v, ok := a.Metrics()[g.Name]; ok {
			t.Logf("%s %.5f", g.Name, v)
		}
	}
}

func TestTmp(t *testing.T) {
	tr := dumped(t, "T176_2018_05_03")
	evalTmp(t, tr, true)
	evalTmp(t, dumped(t, "T212_2019_08_21"), true)
	r := rng.New(3, "shuffle")
	t.Log("SHUFFLED")
	perm := r.Perm(tr.Len())
	in := make([]float64, len(tr.Inputs))
	for k, p := range perm {
		for j := range min(tr.Steps[k], tr.Steps[p]) {
			copy(in[(tr.First[k]+j)*2:(tr.First[k]+j)*2+2], tr.Inputs[(tr.First[p]+j)*2:(tr.First[p]+j)*2+2])
		}
	}
	old := tr.Inputs
	tr.Inputs = in
	evalTmp(t, tr, true)
	tr.Inputs = old
	t.Log("NO DRIFT")
	evalTmp(t, tr, false)
}
