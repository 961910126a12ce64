package spec
import ("testing";"strings";"time";"fmt")
func TestTmp(t *testing.T){
 n:=1<<20
 for name,src:=range map[string]string{
  "parens":"locals {\n a = "+strings.Repeat("(",n)+"\n}\n",
  "plus":"locals {\n a = 1"+strings.Repeat("+1",n)+"\n}\n",
  "plusnl":"locals {\n a = (1"+strings.Repeat("+\n1",n)+")\n}\n",
  "bang":"locals {\n a = "+strings.Repeat("!",n)+"true\n}\n",
  "cond":"locals {\n a = "+strings.Repeat("true ? 1 : ",n)+"1\n}\n",
  "idx":"locals {\n a = local.b"+strings.Repeat("[0]",n)+"\n b=1\n}\n",
  "idx2":"locals {\n a = local.b"+strings.Repeat("[local.c]",n)+"\n b=1\n c=1\n}\n",
  "attr":"locals {\n a = local.b"+strings.Repeat(".a",n)+"\n b=1\n}\n",
  "splat":"locals {\n a = local.b"+strings.Repeat("[*]",n)+"\n b=1\n}\n",
  "splat2":"locals {\n a = local.b"+strings.Repeat(".*",n)+"\n b=1\n}\n",
  "blocks":strings.Repeat("a {\n",n),
  "tmpl":"locals {\n a = "+strings.Repeat("\"${",n)+"\n}\n",
  "if":"locals {\n a = \""+strings.Repeat("%{if true}",n)+"\"\n}\n",
  "for":"locals {\n a = \""+strings.Repeat("%{for x in [1]}",n)+"\"\n}\n",
  "heredoc":"locals {\n a = "+strings.Repeat("<<A\n${",n)+"\n}\n",
  "obj":"locals {\n a = "+strings.Repeat("{a=",n)+"\n}\n",
  "objnl":"locals {\n a = "+strings.Repeat("{\na=",n)+"\n}\n",
  "list":"locals {\n a = ["+strings.Repeat("-1,",n)+"]\n}\n",
  "num":"locals {\n a = 1e999999999\n}\nstage \"mix\" \"m\" {\n name = local.a\n}\noutput \"o\" {\n value = \"${local.a}\"\n}\n",
  "num2":"stage \"mix\" \"m\" {\n name = 1e9999999\n}\n",
  "num3":"stage \"const\" \"m\" {\n value = -1e9999999\n}\n",
  "num4":"stage \"const\" \"m\" {\n value = 1e-999999999\n}\noutput \"o\" {\n value = 1e-9999999\n}\n",
 }{
  s:=time.Now()
  x,d:=parseText(t,src,Values{})
  msg:=""
  if d.HasErrors(){ l:=d.List(); msg=fmt.Sprintf("%d %s: %.150s",len(l),l[0].Summary,l[0].Detail)} else {use(t,x)}
  t.Log(name,time.Since(s),msg)
 }
}
