package plot

import (
	"bytes"
	"context"
	"encoding/xml"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"
	"strings"
	"testing"

	"reprise/artifacts"
	"reprise/spec"
)

func drawn(t *testing.T, inputs map[string][]*artifacts.Artifact, threads int, title string) *artifacts.Artifact {
	t.Helper()
	p := &Plot{Figure: "phase_portrait", Title: title}
	a, err := p.Run(context.Background(), spec.NewEnv(spec.EnvConfig{Threads: threads, Inputs: inputs}))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func picture(t *testing.T, a *artifacts.Artifact) *image.RGBA {
	t.Helper()
	b, err := a.File("figure.png")
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	out := image.NewRGBA(img.Bounds())
	draw.Draw(out, out.Bounds(), img, image.Point{}, draw.Src)
	return out
}

// near counts the pixels of an area, in points from the figure's lower left, that
// are about of a colour.
func near(img *image.RGBA, c color.NRGBA, x0, y0, x1, y1 float64) int {
	const dots = dotsPerInch / 72.0
	height := float64(img.Bounds().Dy())
	off := func(a, b uint8) bool { d := int(a) - int(b); return d < -12 || d > 12 }
	n := 0
	for y := int(height - y1*dots); y < int(height-y0*dots); y++ {
		for x := int(x0 * dots); x < int(x1*dots); x++ {
			if at := img.RGBAAt(x, y); !off(at.R, c.R) && !off(at.G, c.G) && !off(at.B, c.B) {
				n++
			}
		}
	}
	return n
}

// TestSameBytes holds that a figure is the same however often and with however
// many threads it is drawn.
func TestSameBytes(t *testing.T) {
	for _, rank := range []int{1, 2} {
		inputs := newExample(rank, 1.5).inputs()
		first, _, err := drawn(t, inputs, 1, "A title").Encode()
		if err != nil {
			t.Fatal(err)
		}
		for _, threads := range []int{1, 4} {
			again, _, err := drawn(t, inputs, threads, "A title").Encode()
			if err != nil {
				t.Fatal(err)
			}
			if again.Digest() != first.Digest() {
				t.Errorf("rank %d, %d threads: other bytes", rank, threads)
			}
		}
		other, _, err := drawn(t, inputs, 1, "Another").Encode()
		if err != nil || other.Digest() == first.Digest() {
			t.Errorf("rank %d: the title changes nothing (%v)", rank, err)
		}
	}
}

// TestPlaneIsDrawn looks for each panel's streamlines, the tint of visited states
// and fixed points, and for the choices' colours in the network's panel alone.
func TestPlaneIsDrawn(t *testing.T) {
	for _, rank := range []int{2, 3} {
		img := picture(t, drawn(t, newExample(rank, 1.5).inputs(), 1, ""))
		r := planeSheet
		below := float64(img.Bounds().Dy())*72/dotsPerInch - float64(r.height+r.above)
		var grey [3]int
		for i, panel := range []string{"network", "law", "flow"} {
			x := float64(r.left) + float64(i)*float64(r.side+r.gap) + 2
			box := [4]float64{x, below + 2, x + float64(r.side) - 4, below + float64(r.height) - 4}
			in := func(c color.NRGBA) int { return near(img, c, box[0], box[1], box[2], box[3]) }
			area := int(float64((r.side-4)*(r.height-4)) * dotsPerInch * dotsPerInch / 72 / 72)
			if white := in(white); white > area*9/10 || white < area/10 {
				t.Errorf("rank %d, %s: %d of %d pixels are white", rank, panel, white, area)
			}
			if in(greyFast) < 100 || in(greySlow) < 30 {
				t.Errorf("rank %d, %s: %d pixels of fast flow, %d of slow", rank, panel, in(greyFast), in(greySlow))
			}
			if in(tint) < area/50 {
				t.Errorf("rank %d, %s: %d pixels of visited states", rank, panel, in(tint))
			}
			for _, c := range []color.NRGBA{blue, orange} {
				if n := in(c); (n > 50) != (i == 0) {
					t.Errorf("rank %d, %s: %d pixels of colour %v", rank, panel, n, c)
				}
			}
			// Two stable points of the network and of the law; none of the flow's are given. At rank 3 the
			// network's are not in the plane, and grey.
			if n := in(black); (n > 300) != (i == 1 || i == 0 && rank == 2) {
				t.Errorf("rank %d, %s: %d black pixels", rank, panel, n)
			}
			grey[i] = in(faintInk)
		}
		if more := grey[0] - grey[2]; (more > 300) != (rank == 3) {
			t.Errorf("rank %d: %d more grey pixels for the network than for the flow", rank, more)
		}
	}
}

func TestCurvesAreDrawn(t *testing.T) {
	img := picture(t, drawn(t, newExample(1, 1.5).inputs(), 1, ""))
	r := curvesSheet
	r.columns = 2
	r = r.fitted(double)
	below := float64(img.Bounds().Dy())*72/dotsPerInch - float64(r.height+r.above)
	for i, colours := range [][]color.NRGBA{{black, orange, tint}, {orange, blue}} {
		x := float64(r.left) + float64(i)*float64(r.side+r.gap) + 2
		for _, c := range colours {
			if n := near(img, c, x, below+2, x+float64(r.side)-4, below+float64(r.height)-4); n < 100 {
				t.Errorf("panel %d: %d pixels of colour %v", i, n, c)
			}
		}
	}
}

// TestWithoutStates draws what is there when the network is not given: two
// panels for the law and the flow, one for curves.
func TestWithoutStates(t *testing.T) {
	for _, rank := range []int{1, 2} {
		inputs := newExample(rank, 1).inputs()
		full := picture(t, drawn(t, inputs, 1, "")).Bounds().Dx()
		delete(inputs, "states")
		delete(inputs, "trials")
		if alone := picture(t, drawn(t, inputs, 1, "")).Bounds().Dx(); alone >= full {
			t.Errorf("rank %d: %d dots wide without the network, %d with it", rank, alone, full)
		}
	}
}

// TestStatesWithoutTrials shows visited states, but no lines from one trial's end
// to the next one's beginning.
func TestStatesWithoutTrials(t *testing.T) {
	inputs := newExample(2, 1).inputs()
	delete(inputs, "trials")
	img := picture(t, drawn(t, inputs, 1, ""))
	size := img.Bounds()
	all := func(c color.NRGBA) int {
		return near(img, c, 0, 0, float64(size.Dx())*72/dotsPerInch, float64(size.Dy())*72/dotsPerInch)
	}
	if all(tint) < 1000 || all(orange) > 0 || all(blue) > 0 {
		t.Errorf("%d pixels of tint, %d orange, %d blue", all(tint), all(orange), all(blue))
	}
}

// TestSVG holds that the SVG is well-formed and needs no font.
func TestSVG(t *testing.T) {
	b, err := drawn(t, newExample(2, 1.5).inputs(), 1, "κ & <friends>").File("figure.svg")
	if err != nil {
		t.Fatal(err)
	}
	paths := 0
	for d := xml.NewDecoder(bytes.NewReader(b)); ; {
		token, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if e, ok := token.(xml.StartElement); ok {
			if e.Name.Local == "text" {
				t.Error("the SVG has text, which needs a font")
			}
			if e.Name.Local == "path" {
				paths++
			}
		}
	}
	if paths < 500 {
		t.Errorf("%d paths", paths)
	}
}

func TestCheck(t *testing.T) {
	err := (&Plot{Figure: "phase_portait"}).Check()
	if err == nil || !strings.Contains(err.Error(), `sweep, not "phase_portait"`) {
		t.Errorf("an unknown figure: %v", err)
	}
	if err := (&Plot{Figure: "phase_portrait"}).Check(); err != nil {
		t.Error(err)
	}
	Kind.Attributes() // panics where one is not documented
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	env := spec.NewEnv(spec.EnvConfig{Inputs: newExample(2, 1).inputs()})
	if _, err := (&Plot{Figure: "phase_portrait"}).Run(ctx, env); err == nil {
		t.Error("a cancelled plot gave a figure")
	}
}
