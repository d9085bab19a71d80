// Package ident says who is who: it reads, checks, writes and masks the identifiers that Chinese public services
// live on, and knows the regions and industries that those identifiers point to.
//
// # What it reads
//
//   - [CreditCode]: the unified social credit code (统一社会信用代码) of organisations, GB 32100-2015.
//   - [OrgCode]: the organisation code (组织机构代码), GB 11714, also characters 9 to 17 of a credit code.
//   - [CitizenID]: the citizen identity number (公民身份号码), GB 11643-1999, with the 15-digit number before it
//     ([UpgradeCitizenID]). The residence permits of people from Hong Kong, Macao and Taiwan (81, 82, 83) follow it.
//   - [Document]: any document that says who somebody is, as type and number: [Check].
//   - [Phone]: mobile, landline, 400/800 and short service numbers.
//   - [Name]: personal names, with the middle dot of minority names and rare characters kept.
//   - [Region] in two trees, administrative (GB/T 2260) and service areas; [Industry] (GB/T 4754-2017).
//   - Money in fen: [ParseYuan], [FormatYuan], [CapitalAmount].
//
// # What it promises
//
// Every parser first normalises what people type (full-width characters, lower case, spaces, hyphens) and returns the
// one canonical form, so that parse(format(x)) == x and two spellings of one identifier compare equal. A refusal is a
// [*Fault]: a stable code, the position of the character at fault, what stands there, what belongs there, and one
// Chinese and one English sentence that says what to do next. A Fault never carries a whole identifier.
//
// Every error of one character and every exchange of two different neighbours is refused in a credit code (modulus 31)
// and in a citizen id (modulus 11). The organisation code alone cannot do that: its 36 symbols are weighed modulus 11,
// so symbols that differ by 11, 22 or 33 (0, B, M, X) pass for each other: of all changes of one of the first eight
// characters 84 in 1,260 (6.7 %) pass unseen, and as many of the exchanges of two neighbours among them (counted in a
// test). The credit code around it catches those too.
//
// The region part of an identifier is never a ground to refuse: regions are abolished, numbers stay.
//
// # Personal data
//
// CitizenID, Phone and Document print themselves masked, with every verb of package fmt and as log/slog values. The
// real number comes only from an explicit Reveal, from a conversion to string, or from a field. JSON carries the real
// number: it is how cases store it, so never hand a struct around such a value to a JSON log. fmt cannot reach the
// methods of unexported fields: keep such values in exported fields or print them one by one. A database
// driver may prefer the masked String: hand it Reveal().
//
// # What it does not do
//
// It does not ask whether a person or organisation exists: a right check character proves careful typing, no more.
// It holds no codes that the standards do not hold. It is pure: no clock, no network, no files, no randomness; the
// present day is an argument.
package ident
