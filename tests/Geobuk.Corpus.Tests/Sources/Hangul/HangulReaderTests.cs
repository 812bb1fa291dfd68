using Geobuk.Corpus.Sources;
using Geobuk.Samples.Generator.Documents;

namespace Geobuk.Corpus.Tests.Sources.Hangul;

public sealed class HangulReaderTests : ReaderTest
{
    private const string Expected = """
        1. 총칙
        이 문서는 시험이다.
        쪽 위의 말
        1. 첫째
        가. 둘째의 하나
        나. 둘째의 둘
        1) 셋째
        2. 다음
        ● 점
        가. 세부
        구분	수수료
        민원	400원
        보통	빠름
        값은 {a} over {b}이다.
        1) 각주의 글
        상자 속
        \u1112\u119E\u11AB글
        """;

    private static readonly (int, int, int, int, string)[] Cells = [(0, 0, 1, 1, "구분"), (0, 1, 1, 2, "수수료"), (1, 0, 2, 1, "민원"), (1, 1, 1, 2, "400원"), (2, 1, 1, 1, "보통"), (2, 2, 1, 1, "빠름")];

    private static HwpWriter Hwp(bool compressed = true, bool distribution = false) => new HwpWriter(compressed, distribution)
        .Paragraph("총칙", HwpWriter.Outline1, 0, HwpWriter.Section())
        .Paragraph("이 문서는 시험이다.", 0, 0, HwpWriter.Container(16, "head", "쪽 위의 말"), HwpWriter.Container(15, "tcmt", "숨은 설명"))
        .Paragraph("첫째", HwpWriter.Number1).Paragraph("둘째의 하나", HwpWriter.Number2).Paragraph("둘째의 둘", HwpWriter.Number2).Paragraph("셋째", HwpWriter.Number3).Paragraph("다음", HwpWriter.Number1)
        .Paragraph("점", HwpWriter.Bullet).Paragraph("세부", HwpWriter.Outline2)
        .Paragraph("", 0, 0, HwpWriter.Table(3, 3, Cells))
        .Paragraph("값은 {a} over {b}이다.", 0, 0, HwpWriter.Container(17, "fn  ", "각주의 글"), HwpWriter.Container(11, "gso ", "상자 속"))
        .Paragraph("\uF53A글");

    private static HwpxWriter Hwpx() => new HwpxWriter()
        .Paragraph("총칙", 1, HwpxWriter.Section)
        .Paragraph("이 문서는 시험이다.", 0, HwpxWriter.Container("header", "쪽 위의 말") + HwpxWriter.Container("hiddenComment", "숨은 설명"))
        .Paragraph("첫째", 3).Paragraph("둘째의 하나", 4).Paragraph("둘째의 둘", 4).Paragraph("셋째", 5).Paragraph("다음", 3)
        .Paragraph("점", 6).Paragraph("세부", 2)
        .Paragraph("", 0, HwpxWriter.Table(3, 3, Cells))
        .Paragraph("값은 ", 0, HwpxWriter.Equation("{a}  over {b}") + "<hp:t>이다.</hp:t>" + HwpxWriter.Container("footNote", "각주의 글") + HwpxWriter.Box("상자 속"))
        .Paragraph("\uF53A글");

    public static TheoryData<string> Forms => new("hwp", "hwp plain", "hwp distribution", "hwpx");

    private static (string Name, byte[] Bytes) Make(string form) => form switch
    {
        "hwp" => ("a.hwp", Hwp().Write()),
        "hwp plain" => ("a.hwp", Hwp(compressed: false).Write()),
        "hwp distribution" => ("a.hwp", Hwp(distribution: true).Write()),
        _ => ("a.hwpx", Hwpx().Write()),
    };

    [Theory]
    [MemberData(nameof(Forms))]
    public void Read_EveryEncoding_GivesTheSameTextAndStructure(string form)
    {
        var (name, bytes) = Make(form);

        var document = Read(name, bytes);

        Assert.Equal(Bare(Expected.Replace("\\u1112\\u119E\\u11AB", "\u1112\u119E\u11AB")), Bare(document.Text));
        Assert.Contains("구분\t수수료\n민원\t400원\n보통\t빠름", document.Text);
        Assert.Equal(["a/1. 총칙", "a/1. 총칙/가. 세부"], document.Blocks.Where(block => block.Kind == BlockKind.Heading).Select(block => block.Path));
        Assert.Equal("쪽 위의 말", document.Blocks.Single(block => block.Zone == BlockZone.Header).Text);
        Assert.Equal("상자 속", document.Blocks.Single(block => block.Zone == BlockZone.Box).Text);
        Assert.Equal(("숨은 설명", -1), document.Blocks.Where(block => block.Zone == BlockZone.Hidden).Select(block => (block.Text, block.Start)).Single());
        Assert.Equal("a/각주 1", document.Blocks.Single(block => block.Kind == BlockKind.Note).Path);
        Assert.Equal((1, 0, 2, 1), document.Blocks.Single(block => block.Kind == BlockKind.Table).Table!.Cells.Where(cell => cell.Text == "민원").Select(cell => (cell.Row, cell.Column, cell.RowSpan, cell.ColumnSpan)).Single());
        Assert.All(document.Blocks.Where(block => block.Start >= 0), block => Assert.Equal(block.Text, document.Text.Substring(block.Start, block.Text.Length)));
    }

    [Fact]
    public void Read_DistributionDocument_RecordsWhatItsAuthorRestricted() =>
        Assert.Equal(["distribution_document", "copy_restricted", "print_restricted"], Read("a.hwp", Hwp(distribution: true).Write()).Findings.Select(finding => finding.Kind));

    [Theory]
    [InlineData(0, 0, null)]
    [InlineData(1 << 15, 1, "file header: 공공누리")]
    [InlineData(1 << 15, 3, "file header: 공공누리, copies forbidden")]
    [InlineData(1 << 11, 5, "file header: CCL, copies under the same terms")]
    [InlineData(1 << 11, 0, "file header: CCL")]
    public void Read_LicenceInTheFileHeader_IsEvidence(uint flags, uint license, string? mark) =>
        Assert.Equal(mark, Read("a.hwp", new HwpWriter(extraFlags: flags, license: license).Paragraph("가").Write()).LicenseMark?.ToString());

    [Fact]
    public void Read_Equation_StandsInTheText() =>
        Assert.Equal("x=\n{a} over {b}".Replace("\n", ""), Read("a.hwp", new HwpWriter().Paragraph("x=", 0, 0, HwpWriter.Equation("{a}\r\n over {b}")).Write()).Text);

    [Fact]
    public void Read_Hwpml_GivesTheSameStructure()
    {
        var document = Read("a.hml", """
            <?xml version="1.0" encoding="UTF-8"?><HWPML Version="2.8"><HEAD><MAPPINGTABLE><NUMBERINGLIST><NUMBERING Id="1" Start="1"><PARAHEAD Level="1" NumFormat="HangulSyllable">^1.</PARAHEAD></NUMBERING></NUMBERINGLIST>
            <PARASHAPELIST><PARASHAPE Id="0" HeadingType="None"/><PARASHAPE Id="1" HeadingType="Number" Heading="1" Level="0"/></PARASHAPELIST></MAPPINGTABLE></HEAD>
            <BODY><SECTION Id="0"><P ParaShape="1"><TEXT><CHAR>하나</CHAR></TEXT></P><P ParaShape="1"><TEXT><CHAR>둘<TAB/>끝</CHAR></TEXT></P>
            <P ParaShape="0"><TEXT><TABLE RowCount="1" ColCount="2"><ROW><CELL ColAddr="0" RowAddr="0" ColSpan="1" RowSpan="1"><PARALIST><P ParaShape="0"><TEXT><CHAR>왼쪽</CHAR></TEXT></P></PARALIST></CELL><CELL ColAddr="1" RowAddr="0" ColSpan="1" RowSpan="1"><PARALIST><P ParaShape="0"><TEXT><CHAR>오른쪽</CHAR></TEXT></P></PARALIST></CELL></ROW></TABLE></TEXT></P></SECTION></BODY></HWPML>
            """);

        Assert.Equal("가. 하나\n나. 둘\t끝\n왼쪽\t오른쪽", document.Text);
        Assert.Equal("hwpml", document.Format);
    }

    [Fact]
    public void Read_Regulation_GetsThePathsThatCitationsUse()
    {
        var document = Read("훈령.hwp", new HwpWriter()
            .Paragraph("제1장 총칙").Paragraph("제1조(목적) 이 훈령은 휴가를 정한다.").Paragraph("제2조의2(정의) ① 용어의 뜻은 다음과 같다.").Paragraph("1. 휴가: 쉬는 것").Paragraph("가. 연가").Paragraph("② 제1조에 따른 것을 말한다.")
            .Paragraph("제1조에 따라 정한다.").Paragraph("부 칙 <제12호, 2026. 1. 6.>").Paragraph("제1조(시행일) 이 훈령은 발령한 날부터 시행한다.").Write());

        string Path(string start) => document.Blocks.First(block => block.Text.StartsWith(start, StringComparison.Ordinal)).Path;
        Assert.Equal("훈령/제1조", Path("제1조(목적)"));
        Assert.Equal("훈령/제2조의2/①/1/가", Path("가. 연가"));
        Assert.Equal("훈령/제2조의2/②", Path("②"));
        Assert.Equal("훈령/제2조의2/②", Path("제1조에 따라"));
        Assert.Equal("훈령/부칙 제12호/제1조", Path("제1조(시행일)"));
        Assert.Equal(2, document.ArticleCount);
    }

    [Fact]
    public void Read_EncryptedAndOldFiles_AreRefusedWithTheReason()
    {
        Assert.Equal(RefusalReason.Encrypted, Refused("a.hwp", new HwpWriter(extraFlags: 2).Paragraph("가").Write()).Reason);
        Assert.Equal(RefusalReason.Encrypted, Refused("a.hwp", new HwpWriter(extraFlags: 1 << 8).Paragraph("가").Write()).Reason);
        Assert.Equal(RefusalReason.Drm, Refused("a.hwp", new HwpWriter(extraFlags: 1 << 4).Paragraph("가").Write()).Reason);
        Assert.Equal(RefusalReason.Hwp3, Refused("a.hwp", [.. "HWP Document File V3.00 \u001a\u0001\u0002\u0003\u0004\u0005"u8, .. new byte[200]]).Reason);
        Assert.Equal(RefusalReason.Encrypted, Refused("a.hwpx", ZipWriter.Write(("mimetype", "application/hwp+zip"), ("META-INF/manifest.xml", "<manifest><encryption-data/></manifest>"), ("Contents/section0.xml", "x"))).Reason);
    }
}
