package api

import (
	"net/http"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store/filestore"
)

// Codes of problems that arise at this edge. Codes are only ever added.
const (
	codeNotFound  = "not-found"
	codeMethod    = "method"
	codeFields    = "request"           // fields are missing, unknown or of a wrong kind
	codeReused    = "request-id-reused" // the Idempotency-Key was used for something else
	codeKey       = "request-id"        // it is not 1 to 100 printable ASCII characters
	codeJSON      = "json"
	codeDepth     = "json-depth"
	codeValues    = "json-values"
	codeNumber    = "json-number"
	codeText      = "text" // not UTF-8, or NUL
	codeTooLarge  = "too-large"
	codeMediaType = "media-type"
	codeTimeout   = "timeout"
	codeCut       = "cut-off"
	codeBusy      = "busy"
	codeFull      = "full"
	codeBehind    = "log-behind" // the evidence log lags: nothing that cannot be taken back is done
	codeInternal  = "internal"
	codeEncoding  = "content-encoding" // packed bodies are not unpacked
	codeAway      = "away"             // nothing can be read or written now: it may have been carried out
	codeUnsure    = "unsure"           // time ran out: it may have been carried out
	codeFile      = "file-unknown"     // attach what was not uploaded by the same account

	codePack        = "pack"         // it does not hold
	codePackVersion = "pack-version" // other files stand there under the version
	codeCalendar    = "calendar"     // it contradicts itself
	codeCounting    = "counting"     // running cases are still being counted again
	codePackItem    = "pack-item"    // another pack has an item of the same id
)

// words holds the sentence of every code of this package: what is wrong and what to do next.
var words = map[string]caseflow.Text{
	codeNotFound:  {ZH: "没有找到您要的内容，或者您无权查看。请核对编号后重试。", EN: "There is no such thing, or you may not see it. Check the number and try again."},
	codeMethod:    {ZH: "这个地址不支持这种请求方法，请查看接口文档。", EN: "This address does not take that method. See the description of the interface."},
	codeFields:    {ZH: "提交的内容有缺漏或格式不对，请按各字段的提示修改后重新提交。", EN: "Something is missing or of a wrong kind. Mend the fields that are named and send it again."},
	codeReused:    {ZH: "这个请求编号（Idempotency-Key）已用于另一项请求，请换一个编号。", EN: "This Idempotency-Key was used for another request. Use a new one."},
	codeKey:       {ZH: "请求编号（Idempotency-Key）应为 1 至 100 个可见的英文字符。", EN: "An Idempotency-Key has 1 to 100 printable ASCII characters."},
	codeJSON:      {ZH: "请求正文不是正确的 JSON，请检查后重新提交。", EN: "The body is not JSON. Check it and send it again."},
	codeDepth:     {ZH: "请求正文嵌套过深，最多 32 层。", EN: "The body is nested too deeply: 32 levels at most."},
	codeValues:    {ZH: "请求正文的数据项过多，最多 10000 项，请分次提交。", EN: "The body has too many values: 10,000 at most. Send it in parts."},
	codeNumber:    {ZH: "请求正文中有过长的数字，最多 40 位。", EN: "A number in the body is too long: 40 characters at most."},
	codeText:      {ZH: "内容含有无法保存的字符，请使用 UTF-8 编码，且不含空字符。", EN: "There are characters that cannot be kept. Use UTF-8 without NUL."},
	codeTooLarge:  {ZH: "提交的内容过大，请缩小后重新提交。", EN: "What was sent is too large. Make it smaller and send it again."},
	codeMediaType: {ZH: "不支持这种内容格式，请使用 application/json。", EN: "That kind of content is not understood. Use application/json."},
	codeEncoding:  {ZH: "请求正文经过压缩，系统不解压。请去掉 Content-Encoding，直接发送原文。", EN: "The body is compressed and is not unpacked here. Send it as it is, without Content-Encoding."},
	codeTimeout:   {ZH: "等待您的内容时间过长，请检查网络后重新提交。", EN: "It took too long to receive your request. Check the network and send it again."},
	codeCut:       {ZH: "没有收到完整的内容，请重新提交。", EN: "The request arrived incomplete. Send it again."},
	codeBusy:      {ZH: "现在办理的人较多，您的请求没有执行，请稍后重试。", EN: "The system is busy; your request was not carried out. Try again shortly."},
	codeBehind:    {ZH: "存证日志滞后，准予、不予、撤销和送达暂停办理，您的请求没有执行。请稍后重试。", EN: "The evidence log lags, so nothing is granted, refused, revoked or handed out; your request was not carried out. Try again later."},
	codeFull:      {ZH: "系统存储空间已满，您的请求没有执行。请稍后重试，或拨打 12345。", EN: "There is no room left; your request was not carried out. Try again later, or call 12345."},
	codeInternal: {
		ZH: "系统出错了。请稍后用同一请求编号（Idempotency-Key）重试，不会重复办理；仍不成功的，请把参考编号告诉工作人员。",
		EN: "Something failed on our side. Try again later with the same Idempotency-Key: nothing is done twice. If it fails again, tell us the reference number.",
	},
	codeAway: {
		ZH: "系统暂时不能办理，您的请求是否已执行还不确定。请稍后用同一请求编号（Idempotency-Key）重试，不会重复办理。",
		EN: "The system cannot work at the moment, and whether your request was carried out is not known. Try again shortly with the same Idempotency-Key: nothing is done twice.",
	},
	codeUnsure: {
		ZH: "办理超时，结果未知。请用同一请求编号（Idempotency-Key）重试，不会重复办理。",
		EN: "Time ran out and the outcome is not known. Try again with the same Idempotency-Key: nothing is done twice.",
	},
	codePack: {
		ZH: "这个实践包没有通过校验，没有装载。请按各处的提示修改后重新提交。",
		EN: "This pack does not hold and was not taken. Mend each place that is named and send it again.",
	},
	codeCalendar: {
		ZH: "这份工作日历没有通过校验，没有载入。请按提示的行修改后重新提交。",
		EN: "This calendar does not hold and was not taken. Mend the line that is named and send it again.",
	},
	codeCounting: {
		ZH: "上一份工作日历载入后，在办件的期限还在重新计算。请稍候再载入。",
		EN: "Running cases are still being counted again for the calendar before. Load it a little later.",
	},
	codePackVersion: {
		ZH: "这个版本号已经有内容不同的实践包。请提高 pack.yaml 里的 version 后重新提交。",
		EN: "Other files stand there under this version. Raise version in pack.yaml and send it again.",
	},
	codePackItem: {
		ZH: "另一个实践包已经有同名事项。请给事项换一个编号后重新提交。",
		EN: "Another pack has an item of the same id. Give the item another id and send it again.",
	},
	codeFile:                 {ZH: "请先上传文件，再提交材料。", EN: "Upload the file first, then attach it."},
	filestore.UnfitEmpty:     {ZH: "这个文件是空的，请重新选择。", EN: "This file is empty. Choose another."},
	filestore.UnfitType:      {ZH: "请上传 PDF、照片（JPG、PNG）、Word（docx）、Excel（xlsx）或 OFD 文件；文件可能已损坏。", EN: "Upload a PDF, a photo (JPG, PNG), a docx, xlsx or OFD document. The file may be damaged."},
	filestore.UnfitMacro:     {ZH: "这个文档带有宏程序，请另存为不带宏的文档后上传。", EN: "This document has macros in it. Save it without macros and upload that."},
	filestore.UnfitPacked:    {ZH: "这个文档解开后过大或包含压缩包，请拆分后上传。", EN: "This document unpacks to too much or holds archives. Split it and upload the parts."},
	filestore.UnfitVirus:     {ZH: "病毒扫描发现这份文件有危险，已经单独隔离，谁也打不开。请换一份没有问题的文件，并检查您的电脑或手机；办件的其他内容不受影响。", EN: "The virus scan found this file to be dangerous. It is kept apart and nobody can open it. Send a clean one and check your device; the case goes on without it."},
	filestore.UnfitUnscanned: {ZH: "病毒扫描查不了这份文件（可能加密、损坏或者太复杂），已经单独隔离，谁也打不开。请另存为普通的 PDF 或者照片后重新上传；办件的其他内容不受影响。", EN: "The virus scan could not look into this file: it may be encrypted, damaged or too complex. It is kept apart. Save it as a plain PDF or photo and send that; the case goes on without it."},
	filestore.UnfitHEIC:      {ZH: "这是 HEIC 照片，别的设备打不开。请转成 JPG 后上传。", EN: "This is a HEIC photo, which other devices cannot open. Make a JPEG of it and upload that."},
	filestore.UnfitLocked:    {ZH: "这份 PDF 设了密码或者限制，无法检查和归档。请另存为不加密的 PDF 后上传。", EN: "This PDF is encrypted and cannot be checked or archived. Save it without protection and upload that."},
	filestore.UnfitActive:    {ZH: "这份 PDF 里含有脚本或者启动程序的动作，不能接收。请打印为 PDF 后上传。", EN: "This PDF has scripts or starts programs and cannot be taken. Print it to a PDF and upload that."},
	filestore.UnfitPages:     {ZH: "这份文件超过 2000 页，请拆分后上传。", EN: "This document has more than 2,000 pages. Split it and upload the parts."},
	filestore.UnfitPixels:    {ZH: "这张图片的尺寸过大，请缩小到 8000 万像素以内。", EN: "This image is too large. Make it smaller than 80 million pixels."},
	"field.required":         {ZH: "请填写这一项。", EN: "This is needed."},
	"field.unknown":          {ZH: "没有这一项，请去掉。", EN: "There is no such field. Leave it out."},
	"field.twice":            {ZH: "这个参数只能出现一次。", EN: "This parameter may be given once only."},
	"field.enum":             {ZH: "请从可选的值中选择。", EN: "Choose one of the possible values."},
	"field.length":           {ZH: "长度不符合要求。", EN: "It is too short or too long."},
	"field.range":            {ZH: "数值超出范围。", EN: "The number is out of range."},
	"field.pattern":          {ZH: "格式不正确。", EN: "It has a wrong form."},
	"field.type":             {ZH: "数据类型不正确。", EN: "It is of a wrong kind."},
	"field.doc.kind":         {ZH: "证件类型与申请人类型不符：单位用统一社会信用代码，个人用身份证件。", EN: "The document does not fit: organisations have a credit code, persons an identity document."},
	"field.self":             {ZH: "与您账号的实名信息不一致。", EN: "This is not the person of your account."},
	"field.invalid":          {ZH: "这一项不正确。", EN: "This is not right."},
	"field.period":           {ZH: "最后一天要在第一天之后，整段不超过十年。", EN: "The last day comes after the first, and all of it is ten years at most."},
	"field.region.unknown":   {ZH: "没有这个区划，请填写区划代码。", EN: "There is no such region. Give its code."},
}

// titles say the kind of a problem.
var titles = map[int]caseflow.Text{
	http.StatusBadRequest:            {ZH: "请求无法读取", EN: "The request cannot be read"},
	http.StatusUnauthorized:          {ZH: "请先登录", EN: "Sign in first"},
	http.StatusForbidden:             {ZH: "无此权限", EN: "Not allowed"},
	http.StatusNotFound:              {ZH: "没有找到", EN: "Not found"},
	http.StatusMethodNotAllowed:      {ZH: "方法不支持", EN: "Method not allowed"},
	http.StatusNotAcceptable:         {ZH: "格式不支持", EN: "Not acceptable"},
	http.StatusRequestTimeout:        {ZH: "等待超时", EN: "Timed out"},
	http.StatusConflict:              {ZH: "目前不能这样办理", EN: "Not possible as things stand"},
	http.StatusRequestEntityTooLarge: {ZH: "内容过大", EN: "Too large"},
	http.StatusRequestURITooLong:     {ZH: "地址过长", EN: "Address too long"},
	http.StatusUnsupportedMediaType:  {ZH: "格式不支持", EN: "Kind of content not supported"},
	http.StatusUnprocessableEntity:   {ZH: "内容需要修改", EN: "Something is to be mended"},
	http.StatusTooManyRequests:       {ZH: "请求过于频繁", EN: "Too many requests"},
	http.StatusServiceUnavailable:    {ZH: "系统繁忙", EN: "Busy"},
	http.StatusInsufficientStorage:   {ZH: "存储空间不足", EN: "No room left"},
}

func title(lang string, status int) string {
	if t, ok := titles[status]; ok {
		return t.In(lang)
	}
	return caseflow.Text{ZH: "系统出错", EN: "Failure"}.In(lang)
}
