package web

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"
)

func header(name, value string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set(name, value) }
}

// TestWhoIsLetIn asks in every way that is refused, and in those that are not.
func TestWhoIsLetIn(t *testing.T) {
	c := newSite(t).serve()
	host := strings.TrimPrefix(c.base, "http://")
	port := host[strings.IndexByte(host, ':')+1:]
	none := func(r *http.Request) { r.Header.Del("Authorization") }
	cookie := func(value string) func(*http.Request) {
		return func(r *http.Request) { none(r); r.AddCookie(&http.Cookie{Name: "reprise-" + port, Value: value}) }
	}
	asHost := func(host string) func(*http.Request) { return func(r *http.Request) { r.Host = host } }
	for _, x := range []struct {
		how    string
		path   string
		change func(*http.Request)
		want   int
	}{
		{"with the token", "/", header("Accept", "*/*"), 200},
		{"with the cookie", "/", cookie(c.token), 200},
		{"as localhost", "/", asHost("localhost:" + port), 200},
		{"as a browser does from a page here", "/", header("Sec-Fetch-Site", "same-origin"), 200},
		{"as a browser does by its address bar", "/", header("Sec-Fetch-Site", "none"), 200},
		{"without a token", "/", none, 401},
		{"without a token, a page that is not there", "/nothing", none, 401},
		{"without a token, a style sheet", "/static/style.css", none, 401},
		{"without a token, events", "/events", none, 401},
		{"with another token", "/", header("Authorization", "Bearer "+strings.ToLower(c.token)), 401},
		{"with the beginning of the token", "/", header("Authorization", "Bearer "+c.token[:20]), 401},
		{"with no token, as bearer", "/", header("Authorization", "Bearer "), 401},
		{"with another cookie", "/", cookie(c.token + "x"), 401},
		{"with another token in the address", "/?token=x", none, 401},
		{"under a name that points here", "/", asHost("evil.example:" + port), 421},
		{"under another port's name", "/", asHost("127.0.0.1:1"), 421},
		{"under no port", "/", asHost("127.0.0.1"), 421},
		{"under a name that points here, with the token in the address", "/?token=" + c.token, asHost("evil.example"), 421},
		{"from another site", "/", header("Sec-Fetch-Site", "cross-site"), 403},
		{"from another port of this machine", "/", header("Sec-Fetch-Site", "same-site"), 403},
		{"to change something", "/", func(r *http.Request) { r.Method = http.MethodPost }, 405},
		{"to delete something", "/", func(r *http.Request) { r.Method = http.MethodDelete }, 405},
	} {
		answer := c.get(x.path, x.change)
		text, _ := io.ReadAll(answer.Body)
		if answer.StatusCode != x.want {
			t.Errorf("%s: %d, not %d: %s", x.how, answer.StatusCode, x.want, text)
		}
		if csp := answer.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") {
			t.Errorf("%s: the policy is %q", x.how, csp)
		}
		for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store", "Cross-Origin-Resource-Policy": "same-origin"} {
			if got := answer.Header.Get(name); got != want {
				t.Errorf("%s: %s is %q", x.how, name, got)
			}
		}
		if x.want != 200 && strings.Contains(string(text), c.token) {
			t.Errorf("%s: the token is in the answer", x.how)
		}
	}
}

// TestTokenLeavesTheAddress holds that the token becomes a cookie that scripts and
// other sites do not get, and that the way on stays here.
func TestTokenLeavesTheAddress(t *testing.T) {
	c := newSite(t).serve()
	none := func(r *http.Request) { r.Header.Del("Authorization") }
	for path, want := range map[string]string{"/?token=": "/", "/compare?old=a&token=": "/compare?old=a", "//evil.example/?token=": "/evil.example/"} {
		answer := c.get(path+c.token, none)
		if to := answer.Header.Get("Location"); answer.StatusCode != 303 || to != want {
			t.Errorf("%s leads to %q (%d), not %q", path, to, answer.StatusCode, want)
		}
		cookies := answer.Cookies()
		if len(cookies) != 1 || !cookies[0].HttpOnly || cookies[0].SameSite != http.SameSiteStrictMode || cookies[0].Value != c.token {
			t.Errorf("%s sets %v", path, cookies)
		}
	}
}

// TestOnlyLoopback tries every other address of this machine.
func TestOnlyLoopback(t *testing.T) {
	c := newSite(t).serve()
	at, err := url.Parse(c.base)
	if err != nil {
		t.Fatal(err)
	}
	if ip := net.ParseIP(at.Hostname()); ip == nil || !ip.IsLoopback() {
		t.Errorf("it listens on %s", at.Host)
	}
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range addresses {
		ip, _, err := net.ParseCIDR(a.String())
		if err != nil || ip.IsLoopback() || ip.IsLinkLocalUnicast() {
			continue
		}
		conn, err := net.DialTimeout("tcp", net.JoinHostPort(ip.String(), at.Port()), 5*time.Second)
		if err == nil {
			conn.Close()
			t.Errorf("it answers on %s", ip)
		}
	}
}

// TestNoWayOut asks for files beside what is shown.
func TestNoWayOut(t *testing.T) {
	s := newSite(t)
	id := s.run(experiment)
	secret := "secret of the machine"
	for _, path := range []string{s.folder + "/secret.jsonl", s.folder + "/secret", s.folder + "/logs/secret"} {
		if err := os.WriteFile(path, []byte(secret), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	c := s.serve()
	for _, path := range []string{
		"/static/../secret", "/static/..%2f..%2fserver.go", "/static/%2e%2e/server.go", "/../../../../etc/passwd", "/run/..", "/run/..%2fsecret", "/run/..%2fsecret/events",
		"/run/%2fetc%2fpasswd", "/run/..%2f..%2fsecret%00", "/run/secret/events", "/run/" + id + "/file?address=stage.first&name=..%2fsecret",
		"/run/" + id + "/file?address=stage.first&name=%2fetc%2fpasswd", "/run/" + id + "/table?address=stage.first&name=..", "/run/" + id + "/task?address=../secret",
		"/run/" + id + "%2f..%2f..%2fsecret", "/run/.%00", "/static/", "/static",
	} {
		conn, err := net.Dial("tcp", strings.TrimPrefix(c.base, "http://")) // the client would tidy the path
		if err != nil {
			t.Fatal(err)
		}
		conn.SetDeadline(time.Now().Add(10 * time.Second))
		fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nConnection: close\r\n\r\n", path, strings.TrimPrefix(c.base, "http://"), c.token)
		answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		text, _ := io.ReadAll(answer.Body)
		conn.Close()
		if strings.Contains(string(text), secret) || strings.Contains(string(text), "root:") || strings.Contains(string(text), "package web") {
			t.Errorf("%s gives away %s", path, text)
		}
		if answer.StatusCode == 200 && !strings.HasSuffix(path, "events") && path != "/static/" {
			t.Errorf("%s is answered: %s", path, text)
		}
	}
}
