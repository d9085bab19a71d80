package demo

import "github.com/tongban/tongban/internal/caseflow"

// town is what differs between the places of the demonstration: the service that opens companies there, and what its form asks.
type town struct {
	item      caseflow.ItemID
	prefix    string // of names of firms
	place     string // of addresses by post
	branch    string // of the bank
	office    string // of the tax service
	phone     string // of the bank
	brands    []string
	streets   []string
	districts []string
	trades    []trade
	doors     []string // channels, as often as they are used
	closing   caseflow.ItemID
	salon     bool // its health authority decides on a permit that comes with the licence
}

// towns are the places with a pack that opens companies, in the order in which they are tried.
var towns = []town{
	{
		item: "company-open", prefix: "渭南", place: "渭南市临渭区", branch: "linwei-centre", office: "临渭区税务局第一税务所", phone: "0913-2120018",
		brands: brands, streets: streets, districts: districts, trades: trades, doors: []string{caseflow.ChannelOnline},
	},
	{
		item: "ankang-company-open", prefix: "安康", place: "安康市汉滨区", branch: "hanbin-hall", office: "汉滨区税务局第一税务所", phone: "0915-3210018",
		brands:    []string{"汉水", "秦巴", "香溪", "瀛湖", "南宫", "月河", "凤堰", "翠屏", "黄洋", "恒口", "金川", "安澜", "紫云", "岚河", "茶乡", "旬河", "平梁", "天书", "宁陕", "流水"},
		streets:   []string{"巴山中路", "兴安西路", "江北大道", "民生街", "香溪路", "滨江大道", "大桥路", "金州路"},
		districts: []string{"610902", "610921", "610922", "610923", "610924", "610925", "610926", "610927", "610929", "610981"},
		trades: []trade{
			{"软件", "I65", []any{"软件开发", "信息系统集成服务", "信息技术咨询服务"}},
			{"商贸", "F52", []any{"日用百货销售", "文具用品零售"}},
			{"餐饮", "H62", []any{"餐饮服务", "食品销售"}},
			{"农业科技", "A01", []any{"茶叶种植", "中草药种植", "初级农产品收购"}},
			{"文化传媒", "R87", []any{"广告制作", "广告设计、代理", "会议及展览服务"}},
			{"物流", "G59", []any{"国内货物运输代理"}},
			{"咨询", "L72", []any{"企业管理咨询"}},
			{"建材", "F51", []any{"建筑材料销售", "五金产品零售"}},
		},
		doors:   []string{caseflow.ChannelOnline, caseflow.ChannelWindow, caseflow.ChannelOnline, caseflow.ChannelTerminal, caseflow.ChannelHotline, caseflow.ChannelStation},
		closing: "ankang-deregister", salon: true,
	},
}

// doorOf is whose clerks take requests in through a channel.
func doorOf(channel string) string {
	switch channel {
	case caseflow.ChannelHotline, caseflow.ChannelStation:
		return channel
	}
	return "market"
}
