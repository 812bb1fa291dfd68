using System.Text;
using Geobuk.Corpus.Sources;
using Parquet;
using Parquet.Schema;

namespace Geobuk.Corpus.Tests.Sources.Tabular;

public sealed class TabularReaderTests : ReaderTest
{
    [Fact]
    public void Read_CsvWithATextColumn_GivesADocumentForEachRow()
    {
        var documents = ReadAll("a.csv", Encoding.UTF8.GetBytes("\uFEFF제목,본문\r\n하나,\"첫 글, \"\"따옴표\"\"\n둘째 줄\"\r\n둘,다음 글\r\n"));

        Assert.Equal(["첫 글, \"따옴표\"\n둘째 줄", "다음 글"], documents.Select(document => document.Text));
        Assert.Equal(["a.csv#2", "a.csv#4"], documents.Select(document => document.Id));
        Assert.Equal("둘", documents[1].Title);
    }

    [Fact]
    public void Read_CsvInCp949WithoutText_IsATableInParts()
    {
        Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);
        var rows = string.Concat(Enumerable.Range(0, 250).Select(i => $"육군;{i}\n"));

        var documents = ReadAll("a.csv", Encoding.GetEncoding(949).GetBytes("군;수\n" + rows));

        Assert.Equal(2, documents.Count);
        Assert.StartsWith("군\t수\n육군\t0\n", documents[0].Text);
        Assert.StartsWith("군\t수\n육군\t200\n", documents[1].Text);
        Assert.Equal(51, documents[1].Blocks[0].Table!.Rows);
    }

    [Fact]
    public void Read_OpenQuote_IsRefusedWithItsLine() =>
        Assert.Contains("a.csv:2: a quoted field", Refused("a.csv", "본문\n\"열린 채"u8.ToArray()).Message);

    [Fact]
    public async Task Read_Parquet_ReadsTextsNumbersAndNulls() =>
        Assert.Equal("구분\t일수\n연가\t21\n병가", Read("a.parquet", await Parquet()).Text);

    /// <summary>Four bytes that say 2^28 to whoever reads them as a length, Snappy's own included, wherever they stand.</summary>
    [Fact]
    public async Task Read_ParquetWithAClaimAnywhere_TakesLittleMemory()
    {
        var whole = await Parquet();
        for (var at = 4; at < whole.Length - 12; at++)
        {
            var bytes = (byte[])whole.Clone();
            (bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]) = (0xFF, 0xFF, 0xFF, 0x7F);
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                ReadAll("a.parquet", bytes);
            }
            catch (RefusedDocumentException)
            {
            }

            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64 << 20);
        }
    }

    private static async Task<byte[]> Parquet()
    {
        var schema = new ParquetSchema(new DataField<string>("구분"), new DataField<int?>("일수"));
        using var stream = new MemoryStream();
        await using (var writer = await ParquetWriter.CreateAsync(schema, stream))
        {
            using var group = writer.CreateRowGroup();
            await group.WriteAsync(schema.DataFields[0], ["연가", "병가"]);
            await group.WriteAsync<int>(schema.DataFields[1], new int?[] { 21, null });
        }

        return stream.ToArray();
    }
}
