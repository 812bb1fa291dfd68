using Geobuk.Corpus.Sources;
using Geobuk.Samples.Generator.Documents;

namespace Geobuk.Corpus.Tests.Sources.Pdf;

public sealed class PdfReaderTests : ReaderTest
{
    private static PdfWriter Column(PdfWriter writer, double x, string word, int lines)
    {
        for (var i = 0; i < lines; i++) writer.Text(x, 700 - 14 * i, $"{word} {i} 줄의 글은 단을 가득 채운 {(i == lines - 1 ? "끝." : "채로")}");
        return writer;
    }

    [Fact]
    public void Read_TwoColumns_AreReadOneAfterTheOther()
    {
        var text = Read("a.pdf", Column(Column(new PdfWriter().Page().Text(200, 760, "두 단 문서의 제목", 16), 50, "왼쪽", 8), 310, "오른쪽", 8).Write()).Text;

        Assert.StartsWith("두 단 문서의 제목", text);
        Assert.True(text.IndexOf("왼쪽 7", StringComparison.Ordinal) < text.IndexOf("오른쪽 0", StringComparison.Ordinal), text);
    }

    [Fact]
    public void Read_RunningHeads_AreOutOfTheTextAndKeptAsBlocks()
    {
        var writer = new PdfWriter();
        for (var page = 1; page <= 4; page++) writer.Page().Text(60, 810, "군사 Ⅱ급비밀 제3호").Text(60, 700, $"제{page}쪽의 본문이다.").Text(290, 30, $"- {page} -");

        var document = Read("a.pdf", writer.Write());

        Assert.Equal("제1쪽의 본문이다.\n제2쪽의 본문이다.\n제3쪽의 본문이다.\n제4쪽의 본문이다.", document.Text);
        Assert.Equal("군사 Ⅱ급비밀 제3호", document.Blocks.Single(block => block.Zone == BlockZone.Header).Text);
        Assert.Equal((4, "a/4쪽/1"), document.Blocks.Where(block => block.Text.StartsWith("제4쪽", StringComparison.Ordinal)).Select(block => (block.Page, block.Path)).Single());
    }

    [Fact]
    public void Read_RowsSetApart_AreATable()
    {
        var writer = new PdfWriter().Page().Text(60, 760, "여비 지급표");
        var rows = new[] { ("구분", "일비", "식비"), ("국장", "25000", "25000"), ("직원", "20000", "20000") };
        for (var i = 0; i < rows.Length; i++) writer.Text(60, 700 - 18 * i, rows[i].Item1).Text(200, 700 - 18 * i, rows[i].Item2).Text(340, 700 - 18 * i, rows[i].Item3);

        var table = Read("a.pdf", writer.Write()).Blocks.Single(block => block.Kind == BlockKind.Table);

        Assert.Equal("구분\t일비\t식비\n국장\t25000\t25000\n직원\t20000\t20000", table.Text);
        Assert.Equal(3, table.Table!.Columns);
    }

    [Fact]
    public void Read_PagesWithoutText_AreRefused() => Assert.Equal(RefusalReason.NoText, Refused("a.pdf", new PdfWriter().Page().Write()).Reason);
}
