package demo

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/workday"
)

// The names from which invented people and companies are made. Nobody real is meant.
var (
	surnames = []string{"王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴", "徐", "孙", "马", "朱", "胡", "郭", "何", "高", "林", "罗", "欧阳", "党", "雷", "同"}
	givens   = []string{"秀英", "建国", "桂花", "海燕", "志强", "丽娟", "文博", "小龙", "雪梅", "伟", "静", "军", "敏", "晓东", "玉兰", "俊杰", "思远", "雨桐", "子涵", "㛃"}
	brands   = []string{"秦东", "华岳", "渭河", "洛水", "少华", "沙苑", "同州", "金水", "澄城", "蒲苑", "富原", "尚德", "永泰", "嘉禾", "启明", "博远", "瑞丰", "恒信", "天佑", "和顺"}
	streets  = []string{"东风大街", "朝阳大街", "解放路", "站南路", "胜利大街", "前进路", "仓程路", "民生街"}
	trades   = []trade{
		{"软件", "I65", "软件开发；信息系统集成服务；信息技术咨询服务"},
		{"商贸", "F52", "日用百货销售；办公用品销售；互联网销售（除销售需要许可的商品）"},
		{"餐饮管理", "H62", "餐饮管理；外卖递送服务；食品销售（仅销售预包装食品）"},
		{"农业科技", "A01", "水果种植；农业技术推广服务；初级农产品收购"},
		{"建筑工程", "E47", "房屋建筑工程施工；建筑材料销售；工程管理服务"},
		{"文化传媒", "R87", "文艺创作；组织文化艺术交流活动；广告设计、代理"},
		{"物流", "G59", "普通货物仓储服务；装卸搬运；国内货物运输代理"},
		{"教育咨询", "L72", "教育咨询服务（不含涉许可审批的教育培训活动）；企业管理咨询"},
		{"机械", "C34", "通用零部件制造；机械设备销售；通用设备修理"},
		{"医疗器械", "F51", "第一类医疗器械销售；第二类医疗器械销售；医用口罩零售"},
	}
	districts = []string{"610502", "610503", "610522", "610523", "610524", "610525", "610526", "610527", "610528", "610581", "610582"}
)

// trade is a line of business. A scope is words of one's own, or standard terms where the form wants these.
type trade struct {
	word, industry string
	scope          any
}

// person is an invented person with a valid document number.
type person struct {
	name, id, phone string
}

func newPerson(rng *rand.Rand, now time.Time) person {
	year := now.Year() - 20 - rng.IntN(50)
	id := ident.MakeCitizenID(pick(rng, districts), year, 1+rng.IntN(12), 1+rng.IntN(28), 1+rng.IntN(998))
	return person{
		name: pick(rng, surnames) + pick(rng, givens), id: id.Reveal(),
		phone: fmt.Sprintf("1%d%09d", 3+rng.IntN(7), rng.IntN(1_000_000_000)),
	}
}

func (p person) party() caseflow.Party {
	return caseflow.Party{Kind: "person", Name: p.name, Phone: p.phone, Document: ident.Document{Type: ident.DocResidentID, No: p.id}}
}

func pick[T any](rng *rand.Rand, list []T) T { return list[rng.IntN(len(list))] }

// answers fills in 《企业开办相关信息采集表》 for a company that the person founds: valid in every field.
func (w *town) answers(rng *rand.Rand, p person, now time.Time) map[string]any {
	t := pick(rng, w.trades)
	name := w.prefix + pick(rng, w.brands) + pick(rng, w.brands) + t.word + "有限公司"
	capital := (1 + rng.IntN(50)) * 100_000
	partner, supervisor := newPerson(rng, now), newPerson(rng, now)
	paid := now.AddDate(4, 0, 0).Format("2006-01-02")
	a := map[string]any{
		"company": map[string]any{
			"name": name, "kind": "limited", "capital": fmt.Sprint(capital), "region": pick(rng, w.districts),
			"address":    fmt.Sprintf("%s%d号%d楼%d室", pick(rng, w.streets), 1+rng.IntN(200), 1+rng.IntN(18), 101+rng.IntN(20)),
			"addressUse": pick(rng, []string{"own", "rent", "rent", "free"}), "industry": t.industry, "scope": t.scope, "term": "long",
		},
		"legal": map[string]any{"name": p.name, "docType": "resident-id", "docNo": p.id, "phone": p.phone, "post": "director"},
		"people": []any{
			map[string]any{"post": "director", "name": p.name, "docType": "resident-id", "docNo": p.id},
			map[string]any{"post": "supervisor", "name": supervisor.name, "docType": "resident-id", "docNo": supervisor.id},
		},
		"shareholders": []any{
			map[string]any{"name": p.name, "docType": "resident-id", "docNo": p.id, "amount": fmt.Sprint(capital / 5 * 3), "by": paid},
			map[string]any{"name": partner.name, "docType": "resident-id", "docNo": partner.id, "amount": fmt.Sprint(capital - capital/5*3), "by": paid},
		},
		"contact":  map[string]any{"name": p.name, "docType": "resident-id", "docNo": p.id, "phone": p.phone},
		"tax":      map[string]any{"accounting": "small-enterprise", "payer": "small-scale", "financeName": supervisor.name, "financePhone": supervisor.phone, "invoice": "yes", "invoiceKind": "digital-ordinary", "invoiceCount": 25, "device": "ukey"},
		"seals":    []any{"official", "finance", "invoice"},
		"bank":     map[string]any{"wanted": "yes", "branch": w.branch, "date": workday.National().Add(workday.DateOf(now), 5, workday.WorkDay).String()},
		"staff":    map[string]any{"insured": "yes", "count": 3},
		"fund":     map[string]any{"wanted": "no"},
		"delivery": map[string]any{"how": "window", "receiver": p.name, "phone": p.phone},
	}
	if rng.IntN(2) == 0 {
		a["fund"] = map[string]any{"wanted": "yes", "ratio": 5 + rng.IntN(8), "base": "18000", "count": 3}
	}
	if rng.IntN(3) == 0 {
		a["delivery"] = map[string]any{"how": "post", "receiver": p.name, "phone": p.phone, "address": w.place + pick(rng, w.streets) + "18号"}
	}
	if t.word == "餐饮" {
		a["permits"] = map[string]any{"wanted": []any{"food"}, "place": 40 + rng.IntN(200), "promise": "agreed"}
	}
	return a
}
