package cli

import (
	"encoding/xml"
	"fmt"

	"reprise/runner"
)

// The form that CI servers read: a suite an experiment, a case a check and a
// case a task that failed or that a lock differs from.
type (
	junitSuites struct {
		XMLName xml.Name     `xml:"testsuites"`
		Suites  []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Errors   int         `xml:"errors,attr"`
		Skipped  int         `xml:"skipped,attr"`
		Time     string      `xml:"time,attr"`
		Cases    []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Class   string        `xml:"classname,attr"`
		Name    string        `xml:"name,attr"`
		Time    string        `xml:"time,attr"`
		File    string        `xml:"file,attr,omitempty"`
		Line    int           `xml:"line,attr,omitempty"`
		Failure *junitProblem `xml:"failure"`
		Error   *junitProblem `xml:"error"`
		Output  string        `xml:"system-out,omitempty"`
	}
	junitProblem struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr"`
		Text    string `xml:",chardata"`
	}
)

// junitXML tells a run's checks and failed tasks. Characters that XML cannot
// hold are replaced.
func junitXML(o *outcome) []byte {
	s := junitSuite{Name: o.from.x.Name, Time: fmt.Sprintf("%.3f", o.sum.Seconds)}
	where := o.whereChecks()
	for _, c := range o.checks {
		one := junitCase{Class: o.from.x.Name + ".check", Name: c.Name, Time: "0"}
		one.File, one.Line = place(where[c.Name])
		if runner.Passes(c.Verdict) {
			one.Output = baselineLines(c)
		} else {
			s.Failures++
			one.Failure = &junitProblem{Message: c.Message, Type: c.Verdict, Text: checkText(c)}
		}
		s.Cases = append(s.Cases, one)
	}
	for _, t := range o.failedTasks() {
		e := o.tasks[t.Address]
		one := junitCase{Class: o.from.x.Name + ".task", Name: t.Address, Time: fmt.Sprintf("%.3f", e.Seconds),
			Error: &junitProblem{Message: firstLine(e.Error), Type: runner.Failed, Text: e.Error}}
		one.File, one.Line = place(t.Where)
		s.Errors++
		s.Cases = append(s.Cases, one)
	}
	locked, where := o.lockDiffers()
	for _, e := range locked {
		one := junitCase{Class: o.from.x.Name + ".lock", Name: e.Address, Time: "0", Failure: &junitProblem{Message: e.Message, Type: e.Verdict}}
		one.File, one.Line = place(where[e.Address])
		s.Failures++
		s.Cases = append(s.Cases, one)
	}
	s.Tests = len(s.Cases)
	b, err := xml.MarshalIndent(junitSuites{Suites: []junitSuite{s}}, "", "  ")
	if err != nil { // strings and numbers always have a form
		panic(err)
	}
	return append([]byte(xml.Header), append(b, '\n')...)
}

// checkText is what a check says, line by line.
func checkText(c runner.CheckEvent) string {
	text := ""
	if c.Asserted != "" {
		text = c.Asserted + "\n"
	}
	return text + baselineLines(c)
}

func baselineLines(c runner.CheckEvent) (text string) {
	for _, b := range c.Baselines {
		text += b.Metric + " " + b.Verdict + ": " + b.Message + "\n"
		for _, cause := range b.Causes {
			text += "  because " + cause + "\n"
		}
	}
	return text
}
