using Geobuk.Corpus.Sources;
using Geobuk.Samples.Generator.Documents;

namespace Geobuk.Corpus.Tests.Sources.Office;

public sealed class OfficeReaderTests : ReaderTest
{
    [Fact]
    public void Read_Docx_KeepsHeadingsNumbersTablesAndNotes()
    {
        var document = Read("a.docx", new DocxWriter().Header("대 외 비").Paragraph("안내", "Heading1").Paragraph("본문이다.").Paragraph("하나", "List1").Paragraph("속", "List2").Paragraph("둘", "List1")
            .Table(["구분", "일수"], ["연가", "21"]).Note("각주다").Write());

        Assert.Equal("대 외 비\n\n안내\n본문이다.\n1. 하나\n가. 속\n2. 둘\n구분\t일수\n연가\t21\n각주다", document.Text);
        Assert.Equal("대 외 비", document.Blocks.Single(block => block.Zone == BlockZone.Header).Text);
        Assert.Equal("a/안내", document.Blocks.Single(block => block.Kind == BlockKind.Heading).Path);
        Assert.Equal(BlockKind.Note, document.Blocks[^1].Kind);
    }

    [Fact]
    public void Read_DocxWithMergesBoxesAndDeletedText_SeesThemAsPrinted()
    {
        var document = Read("a.docx", new DocxWriter().Raw("""
            <w:tbl><w:tr><w:tc><w:tcPr><w:vMerge w:val="restart"/></w:tcPr><w:p><w:r><w:t>세로</w:t></w:r></w:p></w:tc><w:tc><w:tcPr><w:gridSpan w:val="2"/></w:tcPr><w:p><w:r><w:t>가로</w:t></w:r></w:p></w:tc></w:tr>
            <w:tr><w:tc><w:tcPr><w:vMerge/></w:tcPr><w:p/></w:tc><w:tc><w:p><w:r><w:t>하나</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>둘</w:t></w:r></w:p></w:tc></w:tr></w:tbl>
            <w:p><w:r><w:t>남은 </w:t></w:r><w:del><w:r><w:delText>지운 </w:delText></w:r></w:del><w:r><w:tab/><w:t>글</w:t></w:r><w:r><w:pict><w:txbxContent><w:p><w:r><w:t>상자</w:t></w:r></w:p></w:txbxContent></w:pict></w:r></w:p>
            """).Write());

        Assert.Equal("세로\t가로\n하나\t둘\n남은 \t글\n상자", document.Text);
        Assert.Equal((2, 1), document.Blocks[0].Table!.Cells.Where(cell => cell.Text == "세로").Select(cell => (cell.RowSpan, cell.ColumnSpan)).Single());
        Assert.Equal(BlockZone.Box, document.Blocks[^1].Zone);
    }

    [Fact]
    public void Read_Xlsx_IsATableForEverySheet()
    {
        var document = Read("a.xlsx", XlsxWriter.Write("휴가", [["구분", "", "비고"], ["연가", "21", ""], ["병가", "60", "진단서"]], "A1:B1"));

        Assert.Equal("휴가\n구분\t비고\n연가\t21\n병가\t60\t진단서", document.Text);
        Assert.Equal(2, document.Blocks[^1].Table!.Cells[0].ColumnSpan);
    }
}
