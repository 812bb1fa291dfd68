using System.Text;
using Geobuk.Corpus.Sources;

namespace Geobuk.Corpus.Tests.Sources;

public sealed class TextDecoderTests : IDisposable
{
    private const string Korean = "제1조(목적) 이 규정은 물자의 관리에 관한 사항을 정함을 목적으로 한다.\r\n② 物資(물자)란 똠방각하의 것을 말한다.";
    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    static TextDecoderTests() => Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);

    public void Dispose() => Directory.Delete(_folder, true);

    public static TheoryData<string, bool> Encodings => new()
    {
        { "utf-8", false }, { "utf-8", true }, { "utf-16", true }, { "utf-16", false }, { "utf-16BE", true }, { "utf-16BE", false }, { "ks_c_5601-1987", false },
    };

    [Theory]
    [MemberData(nameof(Encodings))]
    public void Read_TextInAnyOfTheEncodings_IsTheSame(string name, bool mark)
    {
        var encoding = Encoding.GetEncoding(name);
        var path = Path.Combine(_folder, "a.txt");
        File.WriteAllBytes(path, [.. mark ? encoding.GetPreamble() : [], .. encoding.GetBytes(Korean)]);

        Assert.Equal(Korean.Replace("\r\n", "\n"), DocumentReaders.Read(path).Single().Text);
    }

    [Fact]
    public void Detect_Latin1Text_IsNotTakenForKorean() => Assert.Null(TextDecoder.Detect(Encoding.Latin1.GetBytes("Straße über Äcker")));

    [Fact]
    public void Read_ImageUnderATextExtension_IsRefusedAsWhatItIs()
    {
        var path = Path.Combine(_folder, "a.txt");
        File.WriteAllBytes(path, [0x89, .. "PNG\r\n"u8, 0, 1, 2]);

        var refusal = Assert.Throws<RefusedDocumentException>(() => DocumentReaders.Read(path).ToList());

        Assert.Equal(RefusalReason.WrongExtension, refusal.Reason);
        Assert.Contains("binary data under the extension '.txt'; expected text", refusal.Message);
    }
}
