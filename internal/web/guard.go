package web

import (
	"crypto/rand"
	"crypto/subtle"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// guard lets in who has the token, from this machine's browser alone. Any page of
// the web can make a browser ask a server on loopback, and any program here can
// connect: so the name that the browser asked for must be that of loopback (a name
// that was made to point here, by DNS, is refused), no other site may embed what
// we serve, and nothing is answered without the token.
type guard struct {
	token string
	hosts []string // as browsers name this server
	next  http.Handler
}

// cookieName is that of one port: cookies do not tell ports apart.
func (g *guard) cookieName() string {
	_, port, _ := strings.Cut(g.hosts[0], ":")
	return "reprise-" + port
}

// newToken is 26 letters that nobody can guess.
func newToken() string { return rand.Text() }

// ServeHTTP refuses a request or passes it on.
func (g *guard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	secure(w.Header())
	given := r.URL.Query().Get("token")
	site := r.Header.Get("Sec-Fetch-Site") // which browsers tell and pages cannot forge
	switch {
	case !slices.Contains(g.hosts, r.Host):
		refuse(w, http.StatusMisdirectedRequest, "This server answers only under the address that reprise ui printed.")
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		w.Header().Set("Allow", "GET, HEAD")
		refuse(w, http.StatusMethodNotAllowed, "Pages are read here, and nothing is changed.")
	case given != "" && g.isToken(given):
		http.SetCookie(w, &http.Cookie{Name: g.cookieName(), Value: g.token, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode})
		http.Redirect(w, r, without(r.URL, "token"), http.StatusSeeOther)
	case !g.knows(r):
		w.Header().Set("WWW-Authenticate", "Bearer")
		refuse(w, http.StatusUnauthorized, "Open the address that reprise ui printed, with its token.")
	case site != "" && site != "same-origin" && site != "none":
		refuse(w, http.StatusForbidden, "Another site asked for this page.")
	default:
		g.next.ServeHTTP(w, r)
	}
}

// knows tells whether a request has the token, in a cookie or as a bearer.
func (g *guard) knows(r *http.Request) bool {
	if bearer, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		return g.isToken(bearer)
	}
	c, err := r.Cookie(g.cookieName())
	return err == nil && g.isToken(c.Value)
}

// isToken compares in a time that does not tell how much was right.
func (g *guard) isToken(s string) bool {
	return subtle.ConstantTimeCompare([]byte(s), []byte(g.token)) == 1
}

// without is an address on this server, without one of its parameters.
func without(u *url.URL, parameter string) string {
	q := u.Query()
	q.Del(parameter)
	return (&url.URL{Path: "/" + strings.TrimLeft(u.Path, "/"), RawQuery: q.Encode()}).String()
}

// pagePolicy lets a page have what this server sends as files, and no script or
// style written into it.
const pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// filePolicy is for files of artifacts, which anybody's program may have written:
// a figure may bring its style, and nothing runs.
const filePolicy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

func secure(h http.Header) {
	h.Set("Content-Security-Policy", pagePolicy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
}

func refuse(w http.ResponseWriter, status int, why string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(why + "\n"))
}
