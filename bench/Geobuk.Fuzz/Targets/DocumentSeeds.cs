using System.Text;
using Geobuk.Samples.Generator.Documents;
using Parquet;
using Parquet.Schema;

namespace Geobuk.Fuzz.Targets;

/// <summary>Valid documents of every format that is read, made by the samples' own writers.</summary>
internal static class DocumentSeeds
{
    private const string Korean = "제1조(목적) 이 규정은 물자의 관리를 정한다.\n① 다음과 같다.\n1. 하나\n가. 둘\n";

    /// <summary>A target for every format.</summary>
    public static IReadOnlyList<Target> MakeTargets()
    {
        Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);
        var law = $"<?xml version=\"1.0\" encoding=\"UTF-8\"?><법령 법령키=\"1\"><기본정보><법령명_한글><![CDATA[시험법]]></법령명_한글><공포일자>20260106</공포일자></기본정보><조문><조문단위><조문번호>1</조문번호><조문가지번호>2</조문가지번호><조문여부>조문</조문여부><조문제목>목적</조문제목><조문내용>제1조의2(목적) 글</조문내용><항><항번호>①</항번호><항내용>① 글</항내용><호><호번호>1.</호번호><호내용>1. 글</호내용><목><목번호>가.</목번호><목내용>가. 글\n 1) 글</목내용></목></호></항></조문단위></조문><별표><별표단위><별표번호>1</별표번호><별표구분>별표</별표구분><별표내용>┌──┬──┐\n│가  │나  │\n├──┼──┤\n│다  │라  │\n└──┴──┘</별표내용></별표단위></별표><부칙><부칙단위><부칙내용>부칙 &lt;제1호&gt;\n제1조(시행일) 글</부칙내용></부칙단위></부칙></법령>";
        return
        [
            Of(".hwp", Hwp(true, false), Hwp(false, false), Hwp(true, true), Hwp(false, false)),
            Of(".hwpx", Hwpx()),
            Of(".hml", Text("<?xml version=\"1.0\"?><HWPML><HEAD><PARASHAPE Id=\"1\" HeadingType=\"Number\" Heading=\"1\" Level=\"0\"/><NUMBERING Id=\"1\"><PARAHEAD Level=\"1\" NumFormat=\"Digit\">^1.</PARAHEAD></NUMBERING></HEAD><BODY><SECTION><P ParaShape=\"1\"><TEXT><CHAR>글<TAB/>글</CHAR><TABLE RowCount=\"1\" ColCount=\"1\"><ROW><CELL ColAddr=\"0\" RowAddr=\"0\"><PARALIST><P><TEXT><CHAR>칸</CHAR></TEXT></P></PARALIST></CELL><CELL ColAddr=\"1\" RowAddr=\"0\"/></ROW></TABLE></TEXT></P></SECTION></BODY></HWPML>")),
            Of(".docx", new DocxWriter().Header("머리").Paragraph("제목", "Heading1").Paragraph("하나", "List1").Paragraph("속", "List2").Table(["가", "나"], ["다", "라"]).Note("각주").Write()),
            Of(".xlsx", XlsxWriter.Write("표", [["가", "나"], ["1", "2"]], "A1:B1")),
            Of(".pdf", new PdfWriter().Page().Text(50, 800, "머리").Text(50, 700, "본문의 글").Text(50, 680, "가").Text(200, 680, "나").Text(50, 660, "다").Text(200, 660, "라").Page().Text(50, 700, "둘째 쪽").Write()),
            Of(".html", Text("<!DOCTYPE html><html><head><title>글</title></head><body><nav><a href=\"/\">처음</a></nav><main><h1>제목</h1><p>본문<br>둘째</p><ul><li>하나<ul><li>속</li></ul></li></ul><table><tr><td rowspan=2>가</td><td>나</td></tr><tr><td>다</td></tr></table></main></body></html>"), Encoding.GetEncoding(949).GetBytes("<p>한글 문서의 글이다</p>")),
            Of(".dita", Text("<!DOCTYPE topic PUBLIC \"a\" \"b\"><topic id=\"a\"><title>T</title><body><p>Text</p><ol><li>One</li></ol><table><tgroup cols=\"2\"><tbody><row><entry>A</entry><entry>B</entry></row></tbody></tgroup></table></body></topic>")),
            Of(".xml", Text(law)),
            Of(".json", Text("{\"법령\":{\"법령키\":\"1\",\"기본정보\":{\"법령명_한글\":\"시험법\",\"소관부처\":{\"content\":\"국방부\"}},\"조문\":{\"조문단위\":[{\"조문번호\":\"1\",\"조문여부\":\"조문\",\"조문내용\":\"제1조(목적) 글\",\"항\":{\"호\":[{\"호번호\":\"1.\",\"호내용\":[[\"1. 글\",\"글\"]]}]}}]}}}")),
            Of(".csv", Text("구분,수\n가,\"1, \"\"둘\"\"\"\n나,2\n"), Encoding.GetEncoding(949).GetBytes("제목,본문\n하나,한글 본문\n")),
            Of(".parquet", Parquet()),
            Of(".jsonl", Text("{\"id\":1,\"title\":\"글\",\"text\":\"본문\"}\n{\"text\":\"둘\"}\n")),
            Of(".md", Text($"---\n제목: 시험 규정\n법령ID: '1'\n공포일자: 2026-01-06\n---\n\n# 시험 규정\n\n##### 제1조 (목적)\n\n**①** 글 <개정 2020.1.1>\n\n  1\\. 하나\n\n## 부칙\n\n부칙 <제1호>\n"), Text("# 제목\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```\ncode\n```\n")),
            Of(".txt", Text(Korean), Encoding.GetEncoding(949).GetBytes(Korean), Encoding.Unicode.GetBytes(Korean)),
        ];
    }

    private static DocumentTarget Of(string extension, params byte[][] seeds) => new(extension) { Seeds = seeds };

    private static byte[] Text(string text) => Encoding.UTF8.GetBytes(text);

    private static byte[] Hwp(bool compressed, bool distribution) => new HwpWriter(compressed, distribution)
        .Paragraph("제1장 총칙", HwpWriter.Outline1, 0, HwpWriter.Section(), HwpWriter.Container(16, "head", "쪽 위"))
        .Paragraph("하나", HwpWriter.Number1).Paragraph("둘", HwpWriter.Number2).Paragraph("점", HwpWriter.Bullet)
        .Paragraph("글", 0, 0, HwpWriter.Table(2, 2, (0, 0, 1, 2, "가"), (1, 0, 1, 1, "나"), (1, 1, 1, 1, "다")), HwpWriter.Equation("a over b"), HwpWriter.Container(17, "fn  ", "각주"), HwpWriter.Container(11, "gso ", "상자"))
        .Paragraph("\uF53A글").Write();

    private static byte[] Hwpx() => new HwpxWriter().Paragraph("총칙", 1, HwpxWriter.Section + HwpxWriter.Container("header", "쪽 위")).Paragraph("하나", 3).Paragraph("점", 6)
        .Paragraph("글", 0, HwpxWriter.Table(2, 2, (0, 0, 1, 2, "가"), (1, 0, 1, 1, "나"), (1, 1, 1, 1, "다")) + HwpxWriter.Equation("a over b") + HwpxWriter.Container("footNote", "각주") + HwpxWriter.Box("상자")).Write();

    private static byte[] Parquet()
    {
        var schema = new ParquetSchema(new DataField<string>("구분"), new DataField<int?>("수"));
        using var stream = new MemoryStream();
        Write(schema, stream).GetAwaiter().GetResult();
        return stream.ToArray();
    }

    private static async Task Write(ParquetSchema schema, Stream stream)
    {
        await using var writer = await ParquetWriter.CreateAsync(schema, stream);
        using var group = writer.CreateRowGroup();
        await group.WriteAsync(schema.DataFields[0], ["가", "나", "다"]);
        await group.WriteAsync<int>(schema.DataFields[1], new int?[] { 1, null, 3 });
    }
}
