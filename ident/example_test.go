package ident_test

import (
	"errors"
	"fmt"
	"time"

	"github.com/tongban/tongban/ident"
)

// today comes from outside: the package has no clock.
var today = time.Date(2026, 11, 24, 9, 0, 0, 0, time.FixedZone("Asia/Shanghai", 8*3600))

func ExampleParseCreditCode() {
	code, err := ident.ParseCreditCode(" ９１350100 m000100y43 ")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(code, code.Kind().Text("zh"), code.Region(), code.OrgCode().Format())
	// Output: 91350100M000100Y43 企业 350100 M000100Y-4
}

func ExampleFault() {
	for _, typed := range []string{"9135O100M000100Y43", "91350100M000010Y43"} {
		_, err := ident.ParseCreditCode(typed)
		var f *ident.Fault
		if errors.As(err, &f) {
			fmt.Println(f.Code, f.Pos, f.Got, f.Want)
			fmt.Println(f.Text("zh"))
		}
	}
	// Output:
	// uscc.digit 5 O 0
	// 统一社会信用代码第 5 位应为数字，现在是“O”，可能应为“0”。请对照证件改正这一位。
	// uscc.check 18 3 J
	// 统一社会信用代码有误：末位（第 18 位）校验码是“3”，按前面各位计算应为“J”。第 13、14 位可能颠倒了。先查第 9-17 位。请对照证件逐位核对。
}

func ExampleParseCitizenID() {
	id, err := ident.ParseCitizenID("11010519491231002x", today)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(id, id.Sex().Text("en"), id.Birth().Format(time.DateOnly))
	fmt.Println(id.Reveal()) // only where somebody with a reason sees it
	// Output:
	// 110105********002X female 1949-12-31
	// 11010519491231002X
}

func ExampleUpgradeCitizenID() {
	id, err := ident.UpgradeCitizenID("440524800101001", today)
	fmt.Println(id.Reveal(), err)
	// Output: 440524198001010013 <nil>
}

func ExampleCheck() {
	doc, err := ident.Check(ident.Document{Type: ident.DocHKMacaoPermit, No: "h 1234 5678"}, today)
	fmt.Println(doc.No, err)
	fmt.Println(doc) // masked
	_, err = ident.Check(ident.Document{Type: ident.DocResidentID, No: "810000199001010019"}, today)
	fmt.Println(err)
	// Output:
	// H12345678 <nil>
	// hk-macao-permit H1*****78
	// A number that begins with 81, 82 or 83 belongs to a residence permit for Hong Kong, Macao and Taiwan residents. Choose that type of document.
}

func ExampleParsePhone() {
	phone, err := ident.ParsePhone("（029）8765 4321 转 801")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(phone.Kind, phone.E164, phone.Ext, phone)
	// Output: landline +862987654321 801 029-******21
}

func ExampleName() {
	name, err := ident.Name(" 买买提 • 艾力 ")
	fmt.Println(name, ident.MaskName(name), err)
	_, err = ident.Name("张<b>三")
	fmt.Println(err)
	// Output:
	// 买买提·艾力 买**·** <nil>
	// Character 2 of the name, “<”, cannot stand in a name. Enter the name as in the document.
}

func ExampleMaskAddress() {
	fmt.Println(ident.MaskAddress("陕西省西安市莲湖区北院门街道 1 号"))
	// Output: 陕西省西安市莲湖区****
}

func ExampleService() {
	yangling, _ := ident.Service().ByCode("yangling")
	fmt.Println(yangling.Short, ident.Service().Within("610403", "yangling"), ident.Service().Within("610403", "610400"))
	fmt.Println(ident.Administrative().FullName("610403"), ident.Within("610403", "610400"))
	// Output:
	// 杨凌示范区 true false
	// 陕西省咸阳市杨陵区 true
}

func ExampleSearchIndustries() {
	for _, in := range ident.SearchIndustries("餐饮") {
		fmt.Println(in.Code, in.Name)
	}
	// Output:
	// H62 餐饮业
	// H 住宿和餐饮业
	// H61 住宿业
}

func ExampleCapitalAmount() {
	fen, err := ident.ParseYuan("120.05 万元")
	fmt.Println(fen, ident.FormatYuan(fen), ident.CapitalAmount(fen), err)
	// Output: 120050000 ¥1,200,500.00 壹佰贰拾万零伍佰元整 <nil>
}

func ExampleMakeCreditCode() {
	fmt.Println(ident.MakeCreditCode('9', '1', "610502", "MA6W0001"))
	fmt.Println(ident.MakeCitizenID("610502", 1990, 5, 17, 12).Reveal())
	// Output:
	// 91610502MA6W00015P
	// 610502199005170127
}
