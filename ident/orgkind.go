package ident

import "strings"

// OrgKind is the kind of an organisation as the first two characters of its credit code give it.
type OrgKind string

// The kinds of organisation that GB 32100-2015 and its amendment list. KindOther is an authority's own "other".
const (
	KindUnknown           OrgKind = ""
	KindEnterprise        OrgKind = "enterprise"
	KindIndividual        OrgKind = "individual-business"
	KindCooperative       OrgKind = "farmers-cooperative"
	KindOrgan             OrgKind = "organ"
	KindInstitution       OrgKind = "institution"
	KindMassOrganisation  OrgKind = "mass-organisation"
	KindAssociation       OrgKind = "association"
	KindPrivateNonProfit  OrgKind = "private-non-enterprise"
	KindFoundation        OrgKind = "foundation"
	KindLawFirm           OrgKind = "law-firm"
	KindNotary            OrgKind = "notary-office"
	KindLegalService      OrgKind = "grassroots-legal-service"
	KindForensic          OrgKind = "forensic-institution"
	KindArbitration       OrgKind = "arbitration-commission"
	KindForeignPress      OrgKind = "foreign-press-office"
	KindForeignCulture    OrgKind = "foreign-cultural-centre"
	KindForeignTourism    OrgKind = "foreign-tourism-office"
	KindReligiousSite     OrgKind = "religious-site"
	KindReligiousSchool   OrgKind = "religious-school"
	KindUnion             OrgKind = "grassroots-union"
	KindMilitary          OrgKind = "military-institution"
	KindGroupCollective   OrgKind = "group-collective"
	KindVillageCollective OrgKind = "village-collective"
	KindTownCollective    OrgKind = "town-collective"
	KindOther             OrgKind = "other"
)

// orgKinds maps authority and category: 1 establishment office, 2 foreign affairs, 3 justice, 4 culture, 5 civil
// affairs, 6 tourism, 7 religion, 8 unions, 9 market supervision, A military, N agriculture, Y other.
var orgKinds = map[string]OrgKind{
	"11": KindOrgan, "12": KindInstitution, "13": KindMassOrganisation, "19": KindOther,
	"21": KindForeignPress, "29": KindOther,
	"31": KindLawFirm, "32": KindNotary, "33": KindLegalService, "34": KindForensic, "35": KindArbitration, "39": KindOther,
	"41": KindForeignCulture, "49": KindOther,
	"51": KindAssociation, "52": KindPrivateNonProfit, "53": KindFoundation, "59": KindOther,
	"61": KindForeignTourism, "62": KindForeignTourism, "69": KindOther,
	"71": KindReligiousSite, "72": KindReligiousSchool, "79": KindOther,
	"81": KindUnion, "89": KindOther,
	"91": KindEnterprise, "92": KindIndividual, "93": KindCooperative,
	"A1": KindMilitary, "A9": KindOther,
	"N1": KindGroupCollective, "N2": KindVillageCollective, "N3": KindTownCollective, "N9": KindOther,
	"Y1": KindOther,
}

var orgKindNames = map[OrgKind][2]string{
	KindUnknown:           {"未知类型", "unknown kind"},
	KindEnterprise:        {"企业", "enterprise"},
	KindIndividual:        {"个体工商户", "individual business"},
	KindCooperative:       {"农民专业合作社", "farmers' cooperative"},
	KindOrgan:             {"机关", "state organ"},
	KindInstitution:       {"事业单位", "public institution"},
	KindMassOrganisation:  {"群众团体", "mass organisation"},
	KindAssociation:       {"社会团体", "association"},
	KindPrivateNonProfit:  {"民办非企业单位", "private non-enterprise unit"},
	KindFoundation:        {"基金会", "foundation"},
	KindLawFirm:           {"律师执业机构", "law firm"},
	KindNotary:            {"公证处", "notary office"},
	KindLegalService:      {"基层法律服务所", "grassroots legal service office"},
	KindForensic:          {"司法鉴定机构", "forensic institution"},
	KindArbitration:       {"仲裁委员会", "arbitration commission"},
	KindForeignPress:      {"外国常驻新闻机构", "foreign press office"},
	KindForeignCulture:    {"外国在华文化中心", "foreign cultural centre"},
	KindForeignTourism:    {"境外旅游部门代表机构", "tourism office from abroad"},
	KindReligiousSite:     {"宗教活动场所", "religious site"},
	KindReligiousSchool:   {"宗教院校", "religious school"},
	KindUnion:             {"基层工会", "grassroots union"},
	KindMilitary:          {"军队事业单位", "military institution"},
	KindGroupCollective:   {"组级集体经济组织", "group collective"},
	KindVillageCollective: {"村级集体经济组织", "village collective"},
	KindTownCollective:    {"乡镇级集体经济组织", "town collective"},
	KindOther:             {"其他组织", "other organisation"},
}

// Text names the kind in "zh" (any other language: English).
func (k OrgKind) Text(lang string) string { return pick(orgKindNames[k], lang) }

// pick chooses between Chinese and English.
func pick(texts [2]string, lang string) string {
	if strings.HasPrefix(lang, "zh") {
		return texts[0]
	}
	return texts[1]
}
