package web

import "reprise/spec"

// gives is what a kind documents of its results; nothing where the kind is not
// known to this program.
func (s *Server) gives(kind string) spec.Kind {
	if k := s.Kinds.Get(kind); k != nil {
		return *k
	}
	return spec.Kind{}
}
