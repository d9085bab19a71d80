package caseflow

// Occasion is an event in the life of a person or a company (人生事件, 企业全生命周期) by which people look for what they need.
type Occasion struct {
	ID    string   // named by Listing.Occasions
	For   string   // person or company
	Name  Text     // as the start page shows it
	Words []string // what people say instead
}

// Whom an occasion is for.
const (
	ForPerson  = "person"
	ForCompany = "company"
)

// Occasions lists the occasions in the order in which they come in a life. The groups are those that the national platform and
// the provinces show on their start pages; they differ a little from place to place. Ids are only ever added.
func Occasions() []Occasion {
	person := func(id, zh, en string, words ...string) Occasion {
		return Occasion{id, ForPerson, Text{ZH: zh, EN: en}, words}
	}
	company := func(id, zh, en string, words ...string) Occasion {
		return Occasion{id, ForCompany, Text{ZH: zh, EN: en}, words}
	}
	return []Occasion{
		person("birth", "生育收养", "Having a child", "生孩子", "出生", "新生儿", "上户口"),
		person("school", "上学教育", "School", "入学", "转学", "毕业", "读书"),
		person("work", "就业创业", "Work", "找工作", "失业", "职称", "人才"),
		person("marriage", "婚姻", "Marriage", "结婚", "离婚", "领证"),
		person("housing", "住房", "Housing", "买房", "租房", "过户", "装修"),
		person("residence", "户籍出入境", "Residence and travel", "落户", "户口", "身份证", "护照", "居住证"),
		person("traffic", "车辆交通", "Vehicles", "买车", "驾照", "上牌"),
		person("illness", "看病就医", "Illness", "住院", "医保报销", "生病"),
		person("hardship", "困难帮扶", "Hardship and disability", "低保", "残疾", "救助"),
		person("retirement", "退休养老", "Retirement", "养老金", "老年人", "老人"),
		person("death", "身后事", "Death", "去世", "死亡", "丧葬", "遗产", "销户"),
		company("open", "企业开办", "Starting", "开办", "创业", "设立"),
		company("permit", "准营准办", "Permits", "准营", "许可证", "资质"),
		company("build", "投资建设", "Building", "项目审批", "施工", "用地"),
		company("hire", "招工用工", "Hiring", "用工", "招聘", "参保"),
		company("tax", "纳税缴费", "Taxes", "纳税", "发票", "报税"),
		company("finance", "融资信贷", "Finance", "融资", "贷款"),
		company("policy", "惠企政策", "Benefits", "补贴", "奖励", "免申即享"),
		company("change", "变更", "Changing", "迁移", "改名"),
		company("repair", "信用修复", "Mending one's credit", "失信", "异常名录"),
		company("close", "清算注销", "Closing", "注销", "关店", "破产", "清算"),
	}
}

// OccasionByID returns the occasion, or nil.
func OccasionByID(id string) *Occasion {
	for _, o := range Occasions() {
		if o.ID == id {
			return &o
		}
	}
	return nil
}
