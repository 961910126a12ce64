package baseline

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"reprise/spec"
)

const canonical = `{
  "reprise-baseline": 1,
  "accepted": [
    {
      "check": "quality",
      "given": {},
      "arch": "linux/amd64",
      "toolchain": "go1.26.0",
      "code": {
        "stages/fit": "5be1"
      },
      "tasks": {
        "stage.fit[\"seed=0\"]": "9f2c"
      },
      "metrics": {
        "stage.fit[*].metrics.loss": {
          "better": "lower",
          "n": 2,
          "tolerance": {
            "relative": 0.05
          },
          "values": {
            "seed=0": 0.1,
            "seed=1": 1e-20
          }
        },
        "stage.score.metrics.error < 1 & 2": {
          "n": 1,
          "tolerance": {
            "absolute": 0
          },
          "value": 0
        }
      }
    },
    {
      "check": "quality",
      "given": {
        "rank": "3"
      },
      "arch": "linux/amd64",
      "toolchain": "go1.26.0",
      "code": {},
      "tasks": {},
      "metrics": {}
    }
  ]
}
`

func accepted() *Accepted {
	return &Accepted{Check: "quality", Given: map[string]string{}, Arch: "linux/amd64", Toolchain: "go1.26.0",
		Code: map[string]string{"stages/fit": "5be1"}, Tasks: map[string]string{`stage.fit["seed=0"]`: "9f2c"},
		Metrics: map[string]*Metric{
			"stage.fit[*].metrics.loss":         NewMetric(Values{"seed=0": 0.1, "seed=1": 1e-20}, spec.Tolerance{Kind: spec.Relative, Value: 0.05}, "lower"),
			"stage.score.metrics.error < 1 & 2": NewMetric(Values{"": 0}, spec.Tolerance{Kind: spec.Absolute}, ""),
		}}
}

func TestFileIsCanonical(t *testing.T) {
	f := &File{}
	f.Accept(&Accepted{Check: "quality", Given: map[string]string{"rank": "3"}, Arch: "linux/amd64", Toolchain: "go1.26.0",
		Code: map[string]string{}, Tasks: map[string]string{}, Metrics: map[string]*Metric{}})
	f.Accept(&Accepted{Check: "quality", Given: map[string]string{}}) // which the next one replaces
	f.Accept(accepted())
	path := filepath.Join(t.TempDir(), "baseline.json")
	if err := os.WriteFile(path, f.Encode(), 0o666); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil || string(text) != canonical {
		t.Fatalf("%v\n%s", err, text)
	}
	again, err := Load(path)
	if err != nil || string(again.Encode()) != canonical {
		t.Errorf("%v\n%s", err, again.Encode())
	}
	a := again.Find("quality", nil)
	if a == nil || again.Find("quality", map[string]string{"rank": "4"}) != nil || again.Find("other", nil) != nil {
		t.Fatalf("found %+v", a)
	}
	if m := a.Metrics["stage.fit[*].metrics.loss"]; m.Asked() != "relative 0.05, lower is better" || m.All().Mean() != 0.05 {
		t.Errorf("%s, %v", m.Asked(), m.All())
	}
	if m := a.Metrics["stage.score.metrics.error < 1 & 2"]; m.Asked() != Asked(spec.Tolerance{Kind: spec.Absolute}, "") || len(m.All()) != 1 {
		t.Errorf("%s, %v", m.Asked(), m.All())
	}
}

func TestNoFile(t *testing.T) {
	dir := t.TempDir()
	f, err := Load(filepath.Join(dir, "none.json"))
	if err != nil || f.Find("quality", nil) != nil || string(f.Encode()) != "{\n  \"reprise-baseline\": 1,\n  \"accepted\": []\n}\n" {
		t.Errorf("%v %s", err, f.Encode())
	}
	if _, err := Load(dir); err == nil {
		t.Error("a folder is a file")
	}
	large := filepath.Join(dir, "large.json")
	if err := os.WriteFile(large, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(large, maxBytes+1); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(large); err == nil || !strings.Contains(err.Error(), "which is no baseline file") {
		t.Errorf("%v", err)
	}
}

func TestDamagedFiles(t *testing.T) {
	for _, tt := range []struct{ name, old, new, want string }{
		{"no JSON", `"check": "quality",`, `"check": "quality"`, "b.json:6: it is no JSON: invalid character '\"' after object key:value pair"},
		{"a conflict", `      "check"`, "<<<<<<< HEAD\n      \"check\"", "b.json:5: it is no JSON: invalid character '<' looking for beginning of object key string; it has a conflict of git's"},
		{"cut short", canonical[len(canonical)/2:], "", "it is no JSON: unexpected end of JSON input"},
		{"empty", canonical, "", "b.json:1: it is no JSON"},
		{"more", "\n}\n", "\n}\n\n[]", "b.json:50: there is more behind its end"},
		{"a list", canonical, "[]", "b.json:1: the file cannot be a JSON array"},
		{"a wrong type", `"n": 2`, `"n": "two"`, "b.json:18: accepted.metrics.n cannot be a JSON string"},
		{"too large a number", `0.05`, `1e999`, "b.json:20: accepted.metrics.tolerance cannot be a JSON number"},
		{"an unknown field", `"toolchain"`, `"tool"`, `b.json:8: there is no "tool" in a baseline file`},
		{"another form", `baseline": 1`, `baseline": 2`, "b.json:2: it has the form 2, and this reprise reads 1"},
		{"no check", `"check": "quality"`, `"check": ""`, "b.json:3: what was accepted needs a check"},
		{"null", `[
    {`, "[null,\n{", "b.json:3: null is no value in a baseline file"},
		{"null for a number", `"seed=0": 0.1`, `"seed=0": null`, "null is no value in a baseline file"},
		{"a name twice", `"seed=0": 0.1`, `"seed=0": 0.1, "seed=0": 9`, `"seed=0" is there twice`},
		{"twice", `"rank": "3"`, ``, `b.json:5: check "quality" is there twice with the same variables`},
		{"a wrong n", `"n": 2`, `"n": 3`, "b.json:16: stage.fit[*].metrics.loss: n is 3, and there are 2 values"},
		{"a wrong tolerance", `"relative"`, `"relativ"`, "there is no tolerance relativ 0.05"},
		{"a negative tolerance", `0.05`, `-0.05`, "there is no tolerance relative -0.05"},
		{"two tolerances", `"relative": 0.05`, `"relative": 0.05, "absolute": 1`, "it has one tolerance"},
		{"a wrong direction", `"lower"`, `"down"`, `better is lower or higher, not "down"`},
		{"no value", `"value": 0`, `"value": null`, "b.json:32: null is no value in a baseline file"},
		{"no metric", `{
          "n": 1,
          "tolerance": {
            "absolute": 0
          },
          "value": 0
        }`, "null", "b.json:27: null is no value in a baseline file"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			text := strings.Replace(canonical, tt.old, tt.new, 1)
			if _, err := Decode("b.json", []byte(text)); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v\nwant %s", err, tt.want)
			}
		})
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(canonical))
	f.Add([]byte("{}"))
	f.Add([]byte(`{"reprise-baseline":1,"accepted":[{"check":"c","given":{"a":"\u0000"},"metrics":{"m":{"n":1,"value":1e308,"tolerance":{"absolute":1}}}}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		file, err := Decode("b.json", text)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "b.json:") {
				t.Errorf("no line: %v", err)
			}
			return
		}
		once := bytes.Clone(file.Encode())
		again, err := Decode("b.json", once)
		if err != nil {
			t.Fatalf("what it wrote cannot be read: %v\n%s", err, once)
		}
		if !bytes.Equal(again.Encode(), once) {
			t.Errorf("two forms of one file:\n%s\n%s", once, again.Encode())
		}
		for _, a := range file.Accepted {
			for _, m := range a.Metrics {
				for kind, v := range m.Tolerance {
					Compare(m.All(), m.All(), spec.Tolerance{Kind: kind, Value: v}, m.Better)
				}
			}
		}
	})
}
