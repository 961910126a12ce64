package spec

import (
	"net/url"
	"path"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"reprise/artifacts"
)

// Dataset is bytes pinned by their digest, wherever they come from.
type Dataset struct {
	Address string // dataset.recording["T176_2018_05_03"]
	URL     string
	SHA256  artifacts.Digest
}

// FileName is the last part of the address's path.
func (d *Dataset) FileName() string {
	if u, err := url.Parse(d.URL); err == nil {
		return path.Base(u.Path)
	}
	return path.Base(d.URL)
}

func (p *parser) datasetValue(n *node, attrs hclsyntax.Attributes) cty.Value {
	if attrs["url"] == nil || attrs["sha256"] == nil {
		return cty.DynamicVal
	}
	ctx := p.x.evaluator(nil).context(n)
	if attrs["for_each"] == nil {
		return p.dataset(n, p.prefix()+n.address, attrs, ctx)
	}
	all, ok := p.instances(n, attrs["for_each"].Expr, ctx)
	if !ok {
		return cty.DynamicVal
	}
	values := map[string]cty.Value{}
	for _, i := range all {
		values[i.key] = p.dataset(n, instanceAddress(p.prefix()+n.address, i.key), attrs, i.context(ctx))
	}
	if len(values) == 0 {
		return cty.MapValEmpty(datasetCapsule)
	}
	return cty.MapVal(values)
}

// dataset makes one dataset; unknown where it has a fault.
func (p *parser) dataset(n *node, address string, attrs hclsyntax.Attributes, ctx *hcl.EvalContext) cty.Value {
	set := &Dataset{Address: address}
	ok := p.text(n, attrs["url"], ctx, func(s string) bool {
		set.URL = s
		u, err := url.Parse(s)
		if err == nil && (u.Scheme == "file" || (u.Scheme == "http" || u.Scheme == "https") && u.Host != "") {
			return true
		}
		p.fault(attrs["url"].Expr.Range(), "Invalid url", "%q is no address that begins with https://, http:// or file://.", s)
		return false
	})
	ok = p.text(n, attrs["sha256"], ctx, func(s string) (ok bool) {
		var err error
		if set.SHA256, err = artifacts.ParseDigest(s); err != nil {
			p.fault(attrs["sha256"].Expr.Range(), "Invalid digest", "%s.", err)
		}
		return err == nil
	}) && ok
	if !ok {
		return cty.UnknownVal(datasetCapsule)
	}
	return cty.CapsuleVal(datasetCapsule, set)
}

// text evaluates an attribute that is a string known before the run and hands
// it to use, which tells whether it will do.
func (p *parser) text(n *node, a *hclsyntax.Attribute, ctx *hcl.EvalContext, use func(string) bool) bool {
	v := p.valueIn(n, a.Expr, ctx)
	if p.bad[a.Expr] || !v.IsKnown() && n.faulty {
		return false
	}
	v, marks := v.UnmarkDeep()
	s, ok := asText(v)
	switch {
	case len(marks) > 0:
		p.fault(a.Expr.Range(), "Depends on a metric", "%q must be known before the run; a metric is known only after it.", a.Name)
	case !ok:
		p.fault(a.Expr.Range(), "Wrong type", "%q takes a string, not %s.", a.Name, described(v))
	case use(s):
		return true
	}
	n.faulty, p.bad[a.Expr] = true, true
	return false
}
