using System.Text;
using Geobuk.Corpus.Sources;

namespace Geobuk.Corpus.Tests.Sources.Web;

public sealed class WebReaderTests : ReaderTest
{
    private const string Page = """
        <!DOCTYPE html><html><head><title>휴가 안내 | 누리집</title><script>var a = "대본";</script></head><body>
        <nav><a href="/">처음으로</a><a href="/b">소개</a></nav>
        <div id="wrap"><div class="content"><h1>휴가 안내</h1><p>연가는 <b>21일</b>이며<br>부서장이 허가한다. 미리 신청하여야 하며 남은 일수는 다음 해로 넘기지 못한다.</p>
        <ul><li>하루 전까지</li><li>서면으로</li></ul>
        <table><tr><th>구분</th><th colspan="2">일수</th></tr><tr><td rowspan="2">연가</td><td>기본</td><td>15</td></tr><tr><td>가산</td><td>6</td></tr></table>
        <p style="display: none">숨은 글</p></div></div>
        <footer><img src="/img/new_img_opentype01.png" alt="공공누리 제1유형: 출처표시"><a href="#">개인정보</a></footer></body></html>
        """;

    [Fact]
    public void Read_Html_IsTheMainText()
    {
        var document = Read("a.html", Page);

        Assert.Equal("휴가 안내\n연가는 21일이며\n부서장이 허가한다. 미리 신청하여야 하며 남은 일수는 다음 해로 넘기지 못한다.\n하루 전까지\n서면으로\n구분\t일수\n연가\t기본\t15\n가산\t6", document.Text);
        Assert.Equal("KOGL-1", document.License);
        Assert.Equal("휴가 안내 | 누리집", document.Title);
        Assert.Equal((2, 1, 1, 1), document.Blocks[^1].Table!.Cells.Where(cell => cell.Text == "가산").Select(cell => (cell.Row, cell.Column, cell.RowSpan, cell.ColumnSpan)).Single());
    }

    [Fact]
    public void Read_HtmlInCp949_IsTheSame()
    {
        Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);
        Assert.Equal(Read("a.html", Page).Text, Read("b.html", Encoding.GetEncoding(949).GetBytes(Page)).Text);
    }

    [Fact]
    public void Read_Dita_KeepsTitlesListsAndTables()
    {
        var document = Read("a.dita", """
            <?xml version="1.0" encoding="UTF-8"?><!DOCTYPE topic PUBLIC "-//OASIS//DTD DITA Topic//EN" "topic.dtd"><topic id="a"><title>PGI 253 <ph>Forms</ph></title><prolog><author>none</author></prolog>
            <body><p>Use the form
              as prescribed.</p><ol><li>First<p>More</p></li><li>Second</li></ol><table><tgroup cols="2"><tbody><row><entry>A</entry><entry>B</entry></row><row><entry>1</entry><entry><p>2</p></entry></row></tbody></tgroup></table></body>
            <topic id="b"><title>Inner</title><body><p>Text</p></body></topic></topic>
            """);

        Assert.Equal("PGI 253 Forms\nUse the form as prescribed.\nFirst\nMore\nSecond\nA\tB\n1\t2\n\nInner\nText", document.Text);
        Assert.Equal("PGI 253 Forms", document.Title);
    }
}
