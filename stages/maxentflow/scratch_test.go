package maxentflow
import ("testing";"context";"encoding/json";"os";"time";"math/rand/v2";"reprise/stages/internal/lrrnn")
func flat(x [][]float64) []float64 { var o []float64; for _,r:=range x {o=append(o,r...)}; return o}
func loadRat(t *testing.T) (*lrrnn.Network,*lrrnn.States) {
 var j struct{M,N,BB [][]float64; B []float64; Kappa,V [][]float64}
 b,_:=os.ReadFile("/tmp/mef/rat.json"); 
 var raw map[string]json.RawMessage; json.Unmarshal(b,&raw)
 json.Unmarshal(raw["m"],&j.M);json.Unmarshal(raw["n"],&j.N);json.Unmarshal(raw["B"],&j.BB);json.Unmarshal(raw["b"],&j.B);json.Unmarshal(raw["kappa"],&j.Kappa);json.Unmarshal(raw["v"],&j.V)
 n:=lrrnn.New(len(j.M),2,2); n.M=flat(j.M);n.N=flat(j.N);n.B=flat(j.BB);n.Bias=j.B
 return n,&lrrnn.States{Rank:2,Inputs:2,Kappa:flat(j.Kappa),V:flat(j.V)}
}
func ratClimb(t *testing.T) *climb {
 n,s:=loadRat(t); g,err:=newGauge(s,true); if err!=nil{t.Fatal(err)}
 gn:=g.network(n); w:=weights(gn)
 b:=&base{r:2,s:rms(gn.N),sd:[]float64{rms(gn.M),rms(gn.M),rms(gn.B),rms(gn.B),rms(gn.Bias)}}
 t.Log(b)
 perm:=rand.New(rand.NewPCG(1,1)).Perm(s.Len())
 rows:=g.rows(s,perm[:150]); held:=g.rows(s,perm[150:2150])
 z:=newStates(rows,5); hz:=newStates(held,5)
 f,_:=z.field(context.Background(),2,w,gn.N,nil,2); hf,_:=hz.field(context.Background(),2,w,gn.N,nil,2)
 t.Log(s.Len(),rms(f),rms(hf))
 p:=&problem{base:b,z:z,f:f,eps:3e-3*rms(f),threads:2}
 t0:=time.Now()
 return newClimb(p,hz,hf,1,func(a *attempt,i int){
  t.Logf("%d tol %.3g nodes %d adapted %d K %d kl %.4f H %.3f res %.3g err %.4g dlogz %.2g maxw %.2g ok %v %v",i,a.tolerance,a.nodes,a.proposal.rounds,a.law.modes,a.law.kl,a.law.entropy,a.law.residual,a.lawError,a.dlogZ,a.maxWeight,a.accepted,time.Since(t0))})
}
func TestRat(t *testing.T){
 c:=ratClimb(t)
 t.Log(c.run(context.Background(),1e-2))
}
func TestRatFlow(t *testing.T){
 c:=ratClimb(t); ctx:=context.Background()
 if err:=c.run(ctx,1e-2);err!=nil{t.Fatal(err)}
 runFlow(t,c.best.law,c.best.proposal,c.best.held,2500)
}
func TestBiFlow(t *testing.T){
 for _,net:=range []planted{bistable,cycle} {
  p:=net.problem(1); held,f:=net.visited(300,9)
  c:=&climb{problem:p,held:newStates(held,net.r+1),f:f,seed:1,report:func(*attempt,int){}}
  c.nodes=defensive(p.base).nodes(16384,rand.New(rand.NewPCG(1,9)))
  a,_:=c.try(context.Background(),3e-3,defensive(p.base),firstNodes)
  for _,st:=range []int{1000,2000,2500} { runFlow(t,a.law,a.proposal,a.held,st) }
 }
}
func runFlow(t *testing.T,l *law,pr *proposal,held *weighted,steps int){
 ctx:=context.Background(); t0:=time.Now()
 p,err:=l.sample(ctx,2,pr,held,100000,1); if err!=nil{t.Fatal(err)}
 mean,sd:=l.moments(p); t.Log("pool",p.size(l.base.r),time.Since(t0),mean,sd); t0=time.Now()
 d:=l.z.d+l.base.r
 tr:=&training{law:l,pool:p,net:newNetwork(d,64),mean:mean,sd:sd,steps:steps,batch:512,seed:1,threads:2}
 pp,err:=tr.run(ctx,func(s int,x float64){ if s%500==0 {t.Log(s,x,time.Since(t0))}})
 t.Log("train",time.Since(t0),err); t0=time.Now()
 fl:=&flow{tr.net,pp,mean,sd}
 x,lp,_:=fl.sample(ctx,2,3000,1)
 t.Log("sample",time.Since(t0)); 
 var w,n []float64; for i:=range lp { w=append(w,x[i*d:i*d+l.z.d]...); n=append(n,x[i*d+l.z.d:(i+1)*d]...)}
 ls,_:=l.logDensity(ctx,2,w,n)
 m,v:=0.,0.; for i:=range lp {m+=(lp[i]-ls[i])/3000}; for i:=range lp{v+=(lp[i]-ls[i]-m)*(lp[i]-ls[i]-m)/3000}
 h:=0.; for _,x:=range lp{h-=x/3000}
 t.Logf("steps %d kl_flow %.4f var %.3f H %.3f law H %.3f",steps,m,v,h,l.entropy)
}
