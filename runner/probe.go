package runner

import (
	"context"
	"sync"

	"reprise/spec"
)

// probes are what probes found in this process, by name: each runs once, however
// often it is planned.
type probes struct {
	mu    sync.Mutex
	known map[string]*probing
}

// probing is a probe that runs or has run.
type probing struct {
	done  chan struct{}
	value string
	err   error
}

// mostProbes run at once.
const mostProbes = 8

var probeSlots = make(chan struct{}, mostProbes)

// startProbe starts a probe, if no other of its name has been started.
func (f *Files) startProbe(ctx context.Context, probe spec.Probe) *probing {
	f.probes.mu.Lock()
	defer f.probes.mu.Unlock()
	if known := f.probes.known[probe.Name]; known != nil {
		return known
	}
	if f.probes.known == nil {
		f.probes.known = map[string]*probing{}
	}
	p := &probing{done: make(chan struct{})}
	f.probes.known[probe.Name] = p
	go func() {
		defer close(p.done)
		probeSlots <- struct{}{}
		defer func() { <-probeSlots }()
		p.value, p.err = probe.Run(ctx)
	}()
	return p
}

// probe returns what a probe found.
func (f *Files) probe(ctx context.Context, probe spec.Probe) (string, error) {
	p := f.startProbe(ctx, probe)
	<-p.done
	return p.value, p.err
}
