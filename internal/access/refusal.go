package access

import (
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/caseflow"
)

// Refusal codes of this package. Faults of single fields come under caseflow.CodeForm.
const (
	CodeSignIn     = "sign-in"       // wrong login or password, or locked, or disabled: never told apart
	CodeOften      = "too-often"     // from this address, what needs no account
	CodeThrottled  = "throttled"     // too many tries from this address
	CodeMustChange = "must-change"   // choose a password of one's own first
	CodeNoSession  = "no-session"    // sign in first
	CodeCrossSite  = "cross-site"    // the request came from another site
	CodeNotAllowed = "not-allowed"   // the actor may not do this
	CodeBusy       = "sign-in-busy"  // see ErrBusy
	CodeNoAnswer   = "no-answer"     // the store does not answer
	CodeMoved      = "account-moved" // another administrator was quicker

	CodeStep        = "second-factor" // the password was right; now the second factor, see [Step]
	CodeFactor      = "factor.wrong"  // of a second factor: wrong, or used before
	CodeLate        = "sign-in-late"  // a sign-in that waited too long, or was ended, begins again
	CodeMustFactor  = "must-factor"   // set up a second factor first
	CodeFactorThere = "factor.there"  // an app is in use already
	CodeFactorNone  = "factor.none"   // the account has no second factor
	CodePasskey     = "passkey"       // the answer of a passkey was not right: never told what
	CodePasskeyHost = "passkey.host"  // the site was opened by an address that passkeys do not know
	CodePasskeyMany = "passkey.many"  // too many of one account
	codePasskeyName = "passkey.name"  //
	CodeSessions    = "sessions"      // signed in elsewhere already, as often as may be

	CodeProvider      = "provider"          // the answer of a provider of sign-ins is not believed: never told why
	CodeProviderAway  = "provider.away"     // it does not answer
	CodeProviderNo    = "provider.denied"   // it, or the person there, said no
	CodeProviderWeak  = "provider.weak"     // it has not made sure enough of the person
	CodeProviderThin  = "provider.thin"     // it told no name or no number of a document
	CodeProviderUnset = "provider.unlinked" // no account of an official here is meant by it
	CodeProviderOther = "provider.other"    // its person has another document than the account
	CodeProviderTaken = "provider.taken"    // its person has another account here
	CodeProviderLast  = "provider.last"     // without it nobody could sign in to the account
	CodeProviderLarge = "provider.large"    // too much was typed to be kept meanwhile
	codeSubject       = "provider.subject"  //
	codeNoProvider    = "provider.none"     //

	CodeNoSuchPerson = "no-such-person" // no account of the region has this phone and this document

	codeWrongOld       = "password.old"    // field codes, with their sentences in words
	codeLoginTaken     = "login.taken"     //
	codeLoginForm      = "login.form"      //
	codeRegion         = "region.unknown"  //
	codeDepartment     = "department.none" //
	codeDepartmentGone = "department.gone"
	codeRoles          = "roles.form"   //
	codeMobile         = "phone.mobile" //
	codeKind           = "kind.unknown" //

	codeRolesApart = "roles.apart" // who adds accounts gives no roles
	codeEmail      = "email.form"
	codeQuiet      = "quiet.form"
	codeNotSent    = "email.not-sent"
	codeWrongCode  = "email.code"

	codeAdministers = "roles.administer" // more than one role, one of them an administrator's
)

// words holds the sentence of every code: what is wrong and what to do next.
var words = map[string]caseflow.Text{
	CodeSignIn: {
		ZH: "账号或密码不正确。请检查后重新输入。多次输错后，该账号会暂停登录一段时间；仍无法登录的，工作人员请联系本单位管理员，群众请到窗口办理。",
		EN: "The account or password is not right. Check both and try again. After several wrong tries the account waits a while; " +
			"if it still does not work, officials ask their administrator, citizens ask at a service window.",
	},
	CodeOften: {
		ZH: "从您的网络或者用您的账号查询落空或者提交异议的次数过多，这次没有处理。请核对编号，稍后再试；急需办理的，请到窗口或者拨打咨询电话。",
		EN: "Your network has looked up too many numbers that do not exist, or sent too many objections; nothing was done this time. Check the number and try again later, or ask at a window or by telephone.",
	},
	CodeThrottled: {
		ZH: "从您的网络登录失败的次数过多，请稍后再试。",
		EN: "Too many sign-ins from your network have failed. Please try again later.",
	},
	CodeMustChange: {ZH: "这是初始密码，请先设置您自己的密码。", EN: "This is a first password. Please choose your own before going on."},
	CodeNoSession:  {ZH: "您尚未登录或登录已过期，请重新登录。", EN: "You are not signed in, or your session has ended. Please sign in."},
	CodeCrossSite: {
		ZH: "这个请求来自其他网站，未予执行。请在本网站打开页面后重试。",
		EN: "This request came from another site and was not carried out. Open the page on this site and try again.",
	},
	CodeNotAllowed: {ZH: "您的岗位没有这项权限。如需办理，请联系本单位管理员。", EN: "Your post does not allow this. Ask your administrator if you need it."},
	CodeBusy:       {ZH: "现在登录的人较多，请过几秒再试。", EN: "Many people are signing in now. Please try again in a few seconds."},
	CodeNoAnswer: {
		ZH: "系统暂时无法办理，您的请求没有执行。请过几分钟再试，或拨打 12345。",
		EN: "The system cannot work at the moment; your request was not carried out. Try again in a few minutes, or call 12345.",
	},
	CodeStep: {ZH: "密码正确。这个账号还需要验证码：请输入身份验证器显示的 6 位验证码，或一个备用码。",
		EN: "The password is right. This account also asks for a code: of the authenticator app, or a recovery code."},
	CodeFactor: {ZH: "验证码不正确或已经用过。请等身份验证器显示下一个验证码再输入，并检查手机时间是否准确。",
		EN: "The code is wrong or was used before. Wait for the next one in the app, and check that the phone's clock is right."},
	CodeLate:        {ZH: "这次登录已超时或已结束，请重新登录。", EN: "This sign-in has taken too long or has ended. Please sign in again."},
	CodeMustFactor:  {ZH: "您的岗位须启用二次验证。请先在“账号与安全”中设置。", EN: "Your post needs a second factor. Set it up at Account and security before going on."},
	CodeFactorThere: {ZH: "身份验证器已经启用。更换手机的，请先停用再重新设置。", EN: "An authenticator app is in use already. To change it, remove it first."},
	CodePasskey:     {ZH: "没有能用通行密钥登录。请重试，或用密码登录。", EN: "The passkey did not work. Try again, or use your password."},
	CodePasskeyHost: {ZH: "用 IP 地址打开的网站不能使用通行密钥。请用域名打开本站，或用密码登录。", EN: "Passkeys do not work where the site is opened by an IP address. Open it by its name, or use your password."},
	CodePasskeyMany: {ZH: "一个账号最多有 10 个通行密钥，请先删除不用的。", EN: "An account has at most 10 passkeys. Remove one that you no longer use."},
	codePasskeyName: {ZH: "请给通行密钥起一个名称，最多 40 个字，如“办公室电脑”。", EN: "Give the passkey a name of at most 40 characters, such as Office computer."},
	CodeSessions: {ZH: "这个账号已在其他设备上登录。请先在那里退出；设备不在身边的，无操作一段时间后会自动退出。",
		EN: "This account is signed in on another device. Sign out there first; a session that is not used ends by itself after a while."},
	CodeProvider: {
		ZH: "没有登录：登录平台返回的结果无法核实，您的账号没有任何变化。请重新登录，或者用账号和密码登录；多次出现的，请把出现的时间告诉我们。",
		EN: "You were not signed in: the answer of the sign-in service could not be verified, and nothing has changed. Try again, or use your login and password; if it happens again, tell us when it did.",
	},
	CodeProviderAway: {ZH: "登录平台暂时没有响应，您没有登录。请过几分钟再试，或者用账号和密码登录。",
		EN: "The sign-in service does not answer; you were not signed in. Try again in a few minutes, or use your login and password."},
	CodeProviderNo: {ZH: "您在登录平台取消了登录，或者平台没有同意。需要的，请重新登录。", EN: "The sign-in was cancelled at the sign-in service, or the service did not agree. Try again if you like."},
	CodeProviderWeak: {ZH: "登录平台没有用足够的方式核实您的身份。请在那里用实名或者人脸方式登录后再试。",
		EN: "The sign-in service has not made sure enough who you are. Sign in there in a stronger way, and try again."},
	CodeProviderThin: {ZH: "登录平台没有提供您的姓名或者有效的证件号码，不能建立账号。请在这里注册，再在“账号与安全”中关联。",
		EN: "The sign-in service told no name or no valid document number, so no account could be made. Register here, then link the service at Account and security."},
	CodeProviderUnset: {ZH: "这个身份没有关联工作人员账号。请联系本单位的系统管理员和安全管理员关联，或者用账号和密码登录。",
		EN: "No official's account is linked to this identity. Ask your system and security administrators to link it, or use your login and password."},
	CodeProviderOther: {ZH: "登录平台上的证件号码与这个账号的不一致，没有关联。请换用您本人的账号。",
		EN: "The document at the sign-in service is not that of this account, so it was not linked. Use your own account."},
	CodeProviderTaken: {ZH: "登录平台上的这个身份已经关联了另一个账号，没有再次关联。", EN: "This identity is linked to another account already, and was not linked again."},
	CodeProviderLast: {ZH: "这个账号没有密码，解除关联后就无法登录。请先到窗口核验身份，由管理员设置密码。",
		EN: "This account has no password: without the link nobody could sign in to it. Have a password set at a service window first."},
	CodeProviderLarge: {ZH: "您填写的内容较多，不能带到登录平台再带回来。请用账号和密码登录，填写的内容都在。",
		EN: "You typed too much to be carried to the sign-in service and back. Sign in with your login and password: all of it is kept."},
	codeSubject:    {ZH: "请填写登录平台上的用户标识，最多 255 个字符。", EN: "Enter the user's identifier at the sign-in service, at most 255 characters."},
	codeNoProvider: {ZH: "没有这个登录平台，请从列表中选择。", EN: "There is no such sign-in service. Choose one from the list."},
	CodeFactorNone: {ZH: "这个账号没有启用二次验证。", EN: "This account has no second factor."},
	CodeNoSuchPerson: {
		ZH: "本地区没有这个手机号码与证件号码相符的账号。请核对证件，或者请本人先注册账号。",
		EN: "No account of this region has this phone and this document. Check the document, or ask the person to register first.",
	},
	codeWrongOld:       {ZH: "原密码不正确，请重新输入。", EN: "The present password is not right. Enter it again."},
	codeLoginTaken:     {ZH: "这个账号已被使用，请换一个；如果是您本人的账号，请直接登录。", EN: "This login is taken. Choose another, or sign in if it is yours."},
	codeLoginForm:      {ZH: "账号为 3 至 64 个小写字母、数字或 . _ @ -，以字母或数字开头。", EN: "A login has 3 to 64 lower-case letters, digits or . _ @ - and begins with a letter or digit."},
	codeRegion:         {ZH: "没有这个区划，请从列表中选择。", EN: "There is no such region. Choose one from the list."},
	codeDepartmentGone: {ZH: "这个部门已经并入其他部门，请选择承接其职责的部门。", EN: "This department has been merged into another one. Choose the one that has its duties now."},
	codeDepartment:     {ZH: "请填写工作人员所在部门。", EN: "Enter the official's department."},
	codeRoles:          {ZH: "请至少选择一个岗位角色；申请人不设岗位角色。", EN: "Choose at least one role for an official; an applicant has none."},
	CodeMoved: {
		ZH: "您打开页面之后，另一位管理员改了这个账号，您的修改没有保存。请核对现在的内容后再提交。",
		EN: "Another administrator changed this account after you opened the page. Your change was not saved: compare it with what stands now and send it again.",
	},
	codeRolesApart: {
		ZH: "系统管理员只建账号，不授予角色。请先建账号，再由安全管理员授予角色。",
		EN: "The system administrator makes accounts and gives no roles. Make the account first; the security administrator then gives the role.",
	},
	codeAdministers: {
		ZH: "系统管理员、安全管理员、审计管理员须由三人分别担任，且不办理业务：这样的账号只设一个角色。",
		EN: "The system, the security and the audit administrator are three people who handle no cases: such an account has one role.",
	},
	codeEmail:        {ZH: "请填写完整的电子邮箱地址，例如 wang@example.cn。", EN: "Enter a whole mail address, such as wang@example.cn."},
	codeQuiet:        {ZH: "免打扰时段请填写开始和结束两个时间，例如 22:00 和 07:00；不需要的，两个都留空。", EN: "Quiet hours have a beginning and an end, such as 22:00 and 07:00; leave both empty for none."},
	codeNotSent:      {ZH: "验证码没有发出去，请核对邮箱地址，过几分钟再试。", EN: "The code could not be sent. Check the address and try again in a few minutes."},
	codeWrongCode:    {ZH: "验证码不正确或者已经失效，请核对后重新输入，或者重新获取。", EN: "The code is not right or no longer valid. Check it, or have a new one sent."},
	codeMobile:       {ZH: "请填写手机号码，用于登录和接收通知。", EN: "Enter a mobile number: it is used to sign in and for messages."},
	codeKind:         {ZH: "账号类型应为群众（citizen）或工作人员（official）。", EN: "The kind of account is citizen or official."},
	"password.short": {ZH: "密码至少 10 个字符，请加长。一句好记的话就很好。", EN: "A password has at least 10 characters. A short sentence is easy to remember."},
	"password.long":  {ZH: "密码最多 128 个字符，请缩短。", EN: "A password has at most 128 characters. Make it shorter."},
	"password.kinds": {ZH: "密码至少包含两类字符：字母、数字、其他字符。", EN: "Use at least two kinds of character: letters, digits, others."},
	"password.name":  {ZH: "密码不能包含账号、姓名、手机号码或证件号码，请换一个。", EN: "A password must not contain the login, name, phone or document number. Choose another."},
	"password.easy":  {ZH: "这个密码太常见或太有规律，容易被猜到，请换一个。", EN: "This password is too common or too regular and easily guessed. Choose another."},
	"password.same":  {ZH: "新密码不能与原密码相同。", EN: "The new password must differ from the present one."},
}

// Words returns the sentence of every code that this package gives, for the message catalogue.
func Words() map[string]caseflow.Text { return maps.Clone(words) }

// ErrNoSession: the token belongs to no session, or to one that ended, expired or whose account was disabled.
var ErrNoSession = errors.New("access: no session")

// Throttled is the answer to too many tries from one address. Nothing was tried.
type Throttled struct {
	After time.Duration // wait at most this long: Retry-After
}

// Error is for logs.
func (t *Throttled) Error() string { return fmt.Sprintf("access: throttled for %s", t.After) }

func refuse(code string) *caseflow.Refusal { return &caseflow.Refusal{Code: code} }

// faults gathers everything that is wrong with a form, to be told at once.
type faults []caseflow.FieldFault

func (f *faults) add(field, code string) {
	*f = append(*f, caseflow.FieldFault{Field: field, Code: code, Text: words[code]})
}

// addErr takes the fault of an identifier.
func (f *faults) addErr(field string, err error) {
	var fault *ident.Fault
	if errors.As(err, &fault) {
		text := caseflow.Text{ZH: fault.Text("zh"), EN: fault.Text("en")}
		*f = append(*f, caseflow.FieldFault{Field: field, Code: fault.Code, Text: text})
	}
}

// err is the refusal, or nil if nothing is wrong.
func (f faults) err() error {
	if len(f) == 0 {
		return nil
	}
	return &caseflow.Refusal{Code: caseflow.CodeForm, Fields: f}
}
