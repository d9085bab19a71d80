package web_test

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/tongban/tongban/internal/chore"
	"github.com/tongban/tongban/internal/store"
)

// The page of jobs tells of this server and of others what ran, how it went and when it runs again; what this server can do now is
// asked for with one press, once, by the system administrator alone, and stands in the operation log.
func TestJobs_are_listed_and_asked_for(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	sys := b.signedIn("sys1")
	sys.get("/console/jobs").is(http.StatusOK).has("还没有任务运行过")
	_, _ = b.jobs.Do(chore.Clocks, time.Hour, func() (int, error) { return 7, nil })
	_, _ = b.jobs.Do(chore.Uploads, 0, func() (int, error) { return 0, errors.New("disk <full>") })
	b.must(b.store.PutJobs(t.Context(), "other-server", []store.Job{{Name: "clocks", Began: b.clock()}}, time.Time{}))
	bell := b.jobs.Bell(chore.Clocks)
	sys.get("/console/jobs").is(http.StatusOK).has("时限提醒和默认办理", "处理 7 项", "11-24 11:00", "正常", "here（本机）", "上次出错", "disk &lt;full&gt;", "有事时运行", "other-server", "正在运行")
	sys.get("/console/jobs?lang=en").is(http.StatusOK).has("7 done in", "here (this server)")

	b.signedIn("aud1").get("/console/jobs?lang=zh").is(http.StatusOK).lacks("立即运行：")
	b.signedIn("aud1").post("/console/jobs/clocks", nil).is(http.StatusNotFound)
	sys.post("/console/jobs/uploads", nil).is(http.StatusNotFound) // nobody listens
	select {
	case <-bell:
		t.Fatal("it rang for nobody")
	default:
	}
	sys.get("/console/jobs?lang=zh")
	sys.post("/console/jobs/clocks", nil).is(http.StatusOK).has("已经要求运行")
	<-bell
	b.signedIn("aud1").get("/console/operations").has("要求运行后台任务", "时限提醒和默认办理", "sys1")
}
