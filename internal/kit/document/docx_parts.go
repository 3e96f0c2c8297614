package document

import "encoding/xml"

const wordTypes = xml.Header + `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>` +
	`<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/><Override PartName="/word/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.styles+xml"/>` +
	`<Override PartName="/word/numbering.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.numbering+xml"/><Override PartName="/word/settings.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.settings+xml"/>` +
	`<Override PartName="/word/header1.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.header+xml"/><Override PartName="/word/footer1.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.footer+xml"/>` +
	`<Override PartName="/docProps/core.xml" ContentType="application/vnd.openxmlformats-package.core-properties+xml"/></Types>`

const relation = `http://schemas.openxmlformats.org/officeDocument/2006/relationships/`

const wordRoot = xml.Header + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="` + relation + `officeDocument" Target="word/document.xml"/>` +
	`<Relationship Id="rId2" Type="http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties" Target="docProps/core.xml"/></Relationships>`

const wordRelations = xml.Header + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rIdS" Type="` + relation + `styles" Target="styles.xml"/><Relationship Id="rIdN" Type="` + relation + `numbering" Target="numbering.xml"/>` +
	`<Relationship Id="rIdP" Type="` + relation + `settings" Target="settings.xml"/><Relationship Id="rIdH" Type="` + relation + `header" Target="header1.xml"/><Relationship Id="rIdF" Type="` + relation + `footer" Target="footer1.xml"/></Relationships>`

const wordNumbering = xml.Header + `<w:numbering ` + space + `><w:abstractNum w:abstractNumId="0"><w:multiLevelType w:val="hybridMultilevel"/><w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="bullet"/><w:lvlText w:val="•"/><w:lvlJc w:val="left"/><w:pPr><w:ind w:left="720" w:hanging="360"/></w:pPr></w:lvl></w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num></w:numbering>`

func wordStyle(id, named, paragraph, shape string) string {
	return `<w:style w:type="paragraph" w:styleId="` + id + `"><w:name w:val="` + named + `"/><w:basedOn w:val="Normal"/><w:next w:val="Normal"/><w:qFormat/><w:pPr>` + paragraph + `</w:pPr><w:rPr>` + shape + `</w:rPr></w:style>`
}

const dots = `<w:tabs><w:tab w:val="right" w:leader="dot" w:pos="9400"/></w:tabs>`

var wordStyles = xml.Header + `<w:styles ` + space + `><w:docDefaults><w:rPrDefault><w:rPr><w:rFonts w:ascii="Arial" w:hAnsi="Arial" w:eastAsia="Arial" w:cs="Arial"/><w:sz w:val="20"/><w:lang w:val="en-US"/></w:rPr></w:rPrDefault><w:pPrDefault><w:pPr><w:spacing w:after="140" w:line="264" w:lineRule="auto"/></w:pPr></w:pPrDefault></w:docDefaults>` +
	`<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/></w:style>` +
	wordStyle("Title", "Title", `<w:spacing w:before="2400" w:after="400"/>`, `<w:b/><w:color w:val="183A5E"/><w:sz w:val="56"/>`) +
	wordStyle("Subtitle", "Subtitle", `<w:spacing w:after="400"/>`, `<w:color w:val="55606E"/><w:sz w:val="26"/>`) +
	wordStyle("TOCHeading", "TOC Heading", `<w:pageBreakBefore/>`, `<w:b/><w:color w:val="183A5E"/><w:sz w:val="36"/>`) +
	wordStyle("TOC1", "toc 1", dots+`<w:spacing w:before="80" w:after="40"/>`, `<w:b/>`) +
	wordStyle("TOC2", "toc 2", dots+`<w:spacing w:after="40"/><w:ind w:left="340"/>`, "") +
	wordStyle("TOC3", "toc 3", dots+`<w:spacing w:after="40"/><w:ind w:left="680"/>`, "") +
	wordStyle("Heading1", "heading 1", `<w:keepNext/><w:keepLines/><w:outlineLvl w:val="0"/>`, `<w:b/><w:color w:val="183A5E"/><w:sz w:val="36"/>`) +
	wordStyle("Heading2", "heading 2", `<w:keepNext/><w:keepLines/><w:spacing w:before="280"/><w:outlineLvl w:val="1"/>`, `<w:b/><w:color w:val="183A5E"/><w:sz w:val="26"/>`) +
	wordStyle("Heading3", "heading 3", `<w:keepNext/><w:keepLines/><w:spacing w:before="200"/><w:outlineLvl w:val="2"/>`, `<w:b/><w:color w:val="183A5E"/><w:sz w:val="22"/>`) +
	wordStyle("ListParagraph", "List Paragraph", `<w:spacing w:after="60"/><w:ind w:left="720"/>`, "") +
	wordStyle("Note", "Note", `<w:pBdr><w:left w:val="single" w:sz="24" w:space="8" w:color="8A6100"/></w:pBdr><w:shd w:val="clear" w:color="auto" w:fill="FFF8E6"/><w:ind w:left="200"/>`, "") +
	wordStyle("TableText", "Table Text", `<w:spacing w:before="40" w:after="40" w:line="240" w:lineRule="auto"/>`, `<w:sz w:val="16"/>`) +
	wordStyle("TableHead", "Table Head", `<w:keepNext/><w:spacing w:before="40" w:after="40" w:line="240" w:lineRule="auto"/>`, `<w:b/><w:color w:val="FFFFFF"/><w:sz w:val="16"/>`) +
	`<w:style w:type="character" w:styleId="Hyperlink"><w:name w:val="Hyperlink"/><w:rPr><w:color w:val="14509F"/></w:rPr></w:style>` +
	`<w:style w:type="table" w:styleId="Grid"><w:name w:val="Table Grid"/><w:tblPr><w:tblBorders><w:top w:val="single" w:sz="4" w:space="0" w:color="BEC6D0"/><w:left w:val="single" w:sz="4" w:space="0" w:color="BEC6D0"/><w:bottom w:val="single" w:sz="4" w:space="0" w:color="BEC6D0"/><w:right w:val="single" w:sz="4" w:space="0" w:color="BEC6D0"/><w:insideH w:val="single" w:sz="4" w:space="0" w:color="BEC6D0"/><w:insideV w:val="single" w:sz="4" w:space="0" w:color="BEC6D0"/></w:tblBorders></w:tblPr></w:style></w:styles>`
