using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Geobuk.Corpus.Sources;
using Geobuk.Samples.Generator.Documents;

namespace Geobuk.Corpus.Tests.Sources;

/// <summary>Documents made to hurt: each is refused with the reason, without the memory that it claims.</summary>
[Collection(AloneCollection.Name)]
public sealed class HostileDocumentTests : ReaderTest
{
    private const long MostBytes = 192L << 20;

    private void AssertRefused(string reason, string name, byte[] bytes)
    {
        var before = GC.GetTotalAllocatedBytes(precise: true);
        var refusal = Refused(name, bytes);
        Assert.True(refusal.Reason == reason, $"{refusal.Reason}: {refusal.Message}");
        Assert.InRange(GC.GetTotalAllocatedBytes(precise: true) - before, 0, MostBytes);
    }

    private static byte[] Bomb(string name, long size, params (string Name, string Content)[] others)
    {
        using var stream = new MemoryStream();
        using (var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (other, content) in others)
            {
                using var entry = archive.CreateEntry(other).Open();
                entry.Write(Encoding.UTF8.GetBytes(content));
            }
            using var bomb = archive.CreateEntry(name, CompressionLevel.SmallestSize).Open();
            var zeros = new byte[1 << 20];
            Array.Fill(zeros, (byte)' ');
            for (long written = 0; written < size; written += zeros.Length) bomb.Write(zeros);
        }
        return stream.ToArray();
    }

    [Fact]
    public void Read_ZipBomb_StopsAtTheBudget() => AssertRefused(RefusalReason.ArchiveBomb, "a.hwpx", Bomb("Contents/section0.xml", 400L << 20, ("mimetype", "application/hwp+zip")));

    [Fact]
    public void Read_DeflateBombInHwp_StopsAtTheBudget()
    {
        var section = new byte[300 << 20];
        using var packed = new MemoryStream();
        using (var deflate = new DeflateStream(packed, CompressionLevel.SmallestSize)) deflate.Write(section);
        var header = new byte[256];
        "HWP Document File"u8.CopyTo(header);
        header[35] = 5;
        header[36] = 1;
        AssertRefused(RefusalReason.ArchiveBomb, "a.hwp", CompoundFileWriter.Write([("FileHeader", header), ("DocInfo", [3, 0]), ("BodyText/Section0", packed.ToArray())]));
    }

    [Theory]
    [InlineData("../../etc/passwd")]
    [InlineData("/etc/passwd")]
    [InlineData("C:\\windows\\a")]
    [InlineData("Contents\\..\\..\\a")]
    public void Read_NamesThatLeadOutOfTheArchive_AreRefused(string name) =>
        AssertRefused(RefusalReason.UnsafeArchive, "a.docx", ZipWriter.Write(("word/document.xml", "<a/>"), (name, "x")));

    [Fact]
    public void Read_NameTwiceInTheArchive_IsRefused() =>
        AssertRefused(RefusalReason.UnsafeArchive, "a.xlsx", ZipWriter.Write(("xl/workbook.xml", "<a/>"), ("xl/workbook.xml", "<b/>")));

    [Theory]
    [InlineData("a.xml")]
    [InlineData("a.hwpx")]
    [InlineData("a.docx")]
    public void Read_DocumentTypeWithEntities_IsRefused(string name)
    {
        const string Laughs = "<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY b \"lol\"><!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;\"><!ENTITY d SYSTEM \"file:///etc/passwd\">]><a>&c;&d;</a>";
        var bytes = name switch
        {
            "a.hwpx" => ZipWriter.Write(("mimetype", ""), ("Contents/section0.xml", Laughs)),
            "a.docx" => ZipWriter.Write(("word/document.xml", Laughs)),
            _ => Encoding.UTF8.GetBytes(Laughs),
        };

        AssertRefused(RefusalReason.DocumentType, name, bytes);
    }

    [Fact]
    public void Read_EntitiesWhereDocumentTypesArePassedOver_AreNotExpanded() =>
        AssertRefused(RefusalReason.Damaged, "a.dita", "<!DOCTYPE topic [<!ENTITY b \"lol\">]><topic><p>&b;</p></topic>"u8.ToArray());

    [Fact]
    public void Read_DeepElements_AreRefused()
    {
        var deep = string.Concat(Enumerable.Repeat("<a>", 100_000));
        AssertRefused(RefusalReason.TooDeep, "a.xml", Encoding.UTF8.GetBytes(deep));
        AssertRefused(RefusalReason.TooDeep, "a.hwpx", ZipWriter.Write(("mimetype", ""), ("Contents/section0.xml", deep)));
        AssertRefused(RefusalReason.TooDeep, "a.json", Encoding.UTF8.GetBytes("{\"법령\":" + string.Concat(Enumerable.Repeat("{\"a\":", 100_000))));
        AssertRefused(RefusalReason.TooDeep, "a.html", Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("<div>", 200_000)) + "글"));
    }

    [Fact]
    public void Read_TablesInTables_AreRefused()
    {
        var writer = new HwpWriter(compressed: false);
        for (var depth = 0; depth < 200; depth++)
        {
            writer.Record(66, 4 * depth, new byte[24]);
            writer.Record(71, 4 * depth + 1, [.. "osg "u8.ToArray().Reverse(), .. new byte[8]]);
        }
        AssertRefused(RefusalReason.TooDeep, "a.hwp", writer.Write());
    }

    [Fact]
    public void Read_CircleInTheSectorChain_IsRefused()
    {
        var bytes = new HwpWriter(compressed: false).Paragraph(new string('가', 5000)).Write();
        // Every sector of the allocation table points at its own beginning.
        var fat = (int)(BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(0x4C)) + 1) * 512;
        for (var i = 0; i < 8; i++) BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(fat + 4 * i), 0);
        AssertRefused(RefusalReason.Damaged, "a.hwp", bytes);
    }

    [Fact]
    public void Read_DirectoryThatLeadsBackToItself_Ends()
    {
        var bytes = new HwpWriter().Paragraph("가").Write();
        var directory = (int)(BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(0x30)) + 1) * 512;
        for (var entry = 0; entry < 4; entry++)
            foreach (var link in new[] { 68, 72, 76 }) BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(directory + 128 * entry + link), 1);
        AssertRefused(RefusalReason.Damaged, "a.hwp", bytes);
    }

    [Theory]
    [InlineData(0x7FFF_FFFFu)]
    [InlineData(0x4000_0000u)]
    public void Read_StreamThatClaimsAGigabyte_IsRefused(uint size)
    {
        var bytes = new HwpWriter().Paragraph("가").Write();
        var directory = (int)(BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(0x30)) + 1) * 512;
        for (var entry = 1; entry < 5; entry++) BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(directory + 128 * entry + 120), size);
        AssertRefused(RefusalReason.Damaged, "a.hwp", bytes);
    }

    [Fact]
    public void Read_RecordPastTheEnd_IsRefused()
    {
        var writer = new HwpWriter(compressed: false).Paragraph("가");
        var claim = new HwpWriter(compressed: false).Paragraph("가").Record(67, 1, new byte[0xFFF]).Write();
        var at = claim.AsSpan().IndexOf((ReadOnlySpan<byte>)[0x43, 0x04, 0xF0, 0xFF, 0xFF, 0x0F, 0, 0]);
        BinaryPrimitives.WriteUInt32LittleEndian(claim.AsSpan(at + 4), 0x4000_0000);
        AssertRefused(RefusalReason.Damaged, "a.hwp", claim);
        Assert.Equal("가", Read("b.hwp", writer.Write()).Text);
    }

    [Theory]
    [InlineData("a.hwp", "PK\u0003\u0004")]
    [InlineData("a.hwpx", "%PDF-1.4")]
    [InlineData("a.pdf", "<html>")]
    [InlineData("a.docx", "text")]
    [InlineData("a.parquet", "a,b")]
    [InlineData("a.xml", "PK\u0003\u0004")]
    public void Read_WrongExtension_IsRefused(string name, string content) => AssertRefused(RefusalReason.WrongExtension, name, Encoding.UTF8.GetBytes(content));

    [Fact]
    public void Read_AnotherKindOfArchive_IsRefusedAsWhatItIs()
    {
        AssertRefused(RefusalReason.WrongExtension, "a.hwpx", new DocxWriter().Paragraph("가").Write());
        AssertRefused(RefusalReason.WrongExtension, "a.docx", new HwpxWriter().Paragraph("가").Write());
        AssertRefused(RefusalReason.UnsupportedFormat, "a.xml", "<html/>"u8.ToArray());
        AssertRefused(RefusalReason.UnsupportedFormat, "a.json", "{\"a\":1}"u8.ToArray());
    }

    [Fact]
    public void Read_PdfStreamBomb_StopsAtTheBudget()
    {
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            var spaces = new byte[1 << 20];
            Array.Fill(spaces, (byte)' ');
            for (var i = 0; i < 300; i++) zlib.Write(spaces);
        }
        var pdf = Encoding.Latin1.GetString(new PdfWriter().Page().Text(50, 700, "글").Write());
        var start = pdf.IndexOf("8 0 obj", StringComparison.Ordinal);
        var end = pdf.IndexOf("endobj", start, StringComparison.Ordinal);
        var bomb = $"8 0 obj\n<< /Length {packed.Length} /Filter /FlateDecode >>\nstream\n{Encoding.Latin1.GetString(packed.ToArray())}\nendstream\n";
        AssertRefused(RefusalReason.ArchiveBomb, "a.pdf", Encoding.Latin1.GetBytes(pdf[..start] + bomb + pdf[end..]));
    }

    [Fact]
    public void Read_EmptyFiles_AreRefusedOrEmpty()
    {
        foreach (var name in new[] { "a.hwp", "a.hwpx", "a.pdf", "a.docx", "a.xlsx", "a.parquet", "a.xml", "a.json", "a.html", "a.hml", "a.dita" })
            Assert.Contains("; expected ", Assert.Throws<RefusedDocumentException>(() => ReadAll(name, [])).Message);
        Assert.Empty(ReadAll("a.csv", []));
        Assert.Equal("", Read("a.txt", Array.Empty<byte>()).Text);
    }
}
