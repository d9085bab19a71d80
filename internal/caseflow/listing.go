package caseflow

// Listing is what the national catalogue (政务服务事项实施清单, GB/T 39554) records of an item for people to read; the
// kernel does not decide by it. All of it may be left out. The schema of items holds the values that the standard has.
type Listing struct {
	Power        string         `json:"power,omitempty"`        // 权力来源: one of Powers
	Body         string         `json:"body,omitempty"`         // 实施主体性质: one of Bodies
	Entrusting   Text           `json:"entrusting,omitzero"`    // 委托部门, of an entrusted body
	Jointly      []string       `json:"jointly,omitempty"`      // 联办机构: departments of the pack
	Intermediary []Intermediary `json:"intermediary,omitempty"` // 中介服务 that the applicant has to buy
	Topics       []Text         `json:"topics,omitempty"`       // 主题分类
	Occasions    []string       `json:"occasions,omitempty"`    // ids of Occasions, by which people look for the item
	Depth        string         `json:"depth,omitempty"`        // 网办深度: one of Depths
	Scope        string         `json:"scope,omitempty"`        // 通办范围: one of Scopes
	Booking      bool           `json:"booking,omitempty"`      // 预约办理
	PayOnline    bool           `json:"payOnline,omitempty"`    // 网上支付
	Post         bool           `json:"post,omitempty"`         // 物流快递
}

// Intermediary is a service that the applicant gets from a third party before asking; none without a basis.
type Intermediary struct {
	Name  Text  `json:"name"`
	Basis Basis `json:"basis"`
}

// Values of a Listing, in the order of the standard.
var (
	// Powers: 法定本级行使, 上级下放, 上级授权, 同级授权, 上级委托, 同级委托.
	Powers = []string{"own", "transferred", "authorised-above", "authorised-peer", "entrusted-above", "entrusted-peer"}
	// Bodies: 法定机关, 授权组织, 受委托组织.
	Bodies = []string{"statutory", "authorised", "entrusted"}
	// Depths: 互联网咨询, 收件, 预审, 受理, 办理, 办理结果信息反馈, 电子证照反馈.
	Depths = []string{"consult", "receive", "pre-check", "accept", "handle", "feedback", "licence"}
	// Scopes: 全国, 跨省 (several provinces), 全省, 全市, 全县.
	Scopes = []string{"nation", "provinces", "province", "city", "county"}
)
