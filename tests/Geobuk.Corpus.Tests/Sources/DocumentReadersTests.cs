using Geobuk.Corpus.Sources;
using Geobuk.Models;

namespace Geobuk.Corpus.Tests.Sources;

public sealed class DocumentReadersTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(_folder, true);

    private string Write(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }

    [Fact]
    public void Read_Markdown_GivesPlainTextAndHeadings()
    {
        var path = Write("안내.md", """
            # 휴가 안내

            **휴가**는 [규정](https://example.org/a)에 따른다\. 값은 3 \* 4 &lt; 20이다.
            > 인용한 줄

            ## 신청 ##

            - 하루 전까지
            - __반드시__ 서면으로

            | 구분 | 일수 |
            |---|---|
            | 연가 | 21 |

            ---

            ```
            **그대로** 둔다
              들여쓰기도
            ```
            <!-- 숨은 말 -->
            """);

        var document = Assert.Single(DocumentReaders.Read(path));

        Assert.Equal("""
            휴가 안내
            휴가는 규정에 따른다. 값은 3 * 4 < 20이다.
            인용한 줄

            신청
            - 하루 전까지
            - 반드시 서면으로

            | 구분 | 일수 |
            | 연가 | 21 |

            **그대로** 둔다
              들여쓰기도
            """, document.Text);
        Assert.Equal("휴가 안내", document.Title);
        Assert.Equal(0, document.ArticleCount);
        Assert.Equal("안내/신청/1", document.Blocks.First(block => block.Text.StartsWith("- 하루", StringComparison.Ordinal)).Path);
    }

    [Fact]
    public void Read_MarkdownWithUnclosedFence_KeepsTheRest() =>
        Assert.Equal("앞\n\n뒤 **그대로**", DocumentReaders.Read(Write("a.md", "앞\n\n```\n뒤 **그대로**")).Single().Text);

    [Fact]
    public void Read_FrontMatterWithoutHeading_PutsTheTitleFirst()
    {
        var document = DocumentReaders.Read(Write("a.md", "---\ntitle: '당직 근무'\ntags: [비밀]\n---\n본문이다.")).Single();

        Assert.Equal("당직 근무\n본문이다.", document.Text);
        Assert.Equal("당직 근무", document.Title);
    }

    [Fact]
    public void Read_OnlyFrontMatter_IsTheTitleAlone() =>
        Assert.Equal("제목뿐", DocumentReaders.Read(Write("a.md", "---\n제목: 제목뿐\n---")).Single().Text);

    [Fact]
    public void Read_PlainText_KeepsMarksAndParagraphs()
    {
        var document = DocumentReaders.Read(Write("a.txt", "\uFEFF**별표**는 그대로\r\n\r\n둘째 文段")).Single();

        Assert.Equal("**별표**는 그대로\n\n둘째 文段", document.Text);
        Assert.Equal(["a.txt/1", "a.txt/2"], document.Blocks.Select(block => block.Path));
    }

    [Fact]
    public void Read_JsonLinesWithOtherKeys_FindsTextTitleAndId()
    {
        var path = Write("a.jsonl", "\uFEFF{\"본문\":\"첫 글\",\"제목\":\"하나\"}\n\n  \r\n{\"content\":\"둘째 글\",\"id\":7}");

        var documents = DocumentReaders.Read(path).ToList();

        Assert.Equal(["첫 글", "둘째 글"], documents.Select(document => document.Text));
        Assert.Equal(["a.jsonl#1", "a.jsonl#7"], documents.Select(document => document.Id));
        Assert.Equal("하나", documents[0].Title);
    }

    [Fact]
    public void ReadAt_EveryRecord_IsTheSameDocument()
    {
        var file = SourceFile.Single(Write("a.jsonl", string.Concat(Enumerable.Range(0, 500).Select(i => $$"""{"text":"{{new string('가', i * 7 % 400)}} {{i}}"}""" + (i % 3 == 0 ? "\r\n" : "\n")))));

        var documents = DocumentReaders.Read(file).ToList();

        Assert.Equal(500, documents.Count);
        Assert.All(documents, document => Assert.Equal(document.Text, DocumentReaders.ReadAt(file, document.Location).Text));
    }

    [Fact]
    public void Read_LineLongerThanTheBuffer_IsRead()
    {
        var text = string.Concat(Enumerable.Repeat("긴 줄 ", 40_000)).TrimEnd();

        Assert.Equal(text, DocumentReaders.Read(Write("a.jsonl", $$"""{"text":"{{text}}"}""")).Single().Text);
    }

    [Fact]
    public void Read_LoneSurrogateInJson_NamesTheLine()
    {
        var path = Write("a.jsonl", "{\"text\":\"가\"}\n{\"text\":\"\\ud800\"}");

        Assert.StartsWith($"{path}:2: ", Assert.Throws<RefusedDocumentException>(() => DocumentReaders.Read(path).ToList()).Message);
    }

    [Fact]
    public void Read_InvalidByteInJsonLines_GivesItsOffsetInTheFile()
    {
        var path = Path.Combine(_folder, "a.jsonl");
        File.WriteAllBytes(path, [.. "{\"text\":\"a\"}\n{\"text\":\""u8, 0xC0, .. "\"}"u8]);

        Assert.Contains("byte 0xC0 at offset 22", Assert.Throws<RefusedDocumentException>(() => DocumentReaders.Read(path).ToList()).Message);
    }

    [Fact]
    public void Read_InvalidByteFarInALongText_GivesItsOffset()
    {
        var path = Path.Combine(_folder, "a.txt");
        File.WriteAllBytes(path, [.. Enumerable.Repeat((byte)'a', 10_000), 0x80, (byte)'b']);

        Assert.Contains("byte 0x80 at offset 10000", Assert.Throws<RefusedDocumentException>(() => DocumentReaders.Read(path).ToList()).Message);
    }

    [Fact]
    public void Read_TruncatedSequenceAtTheEnd_IsRefused()
    {
        var path = Path.Combine(_folder, "a.txt");
        File.WriteAllBytes(path, [(byte)'a', 0xEA, 0xB0]);

        Assert.Contains("offset 1;", Assert.Throws<RefusedDocumentException>(() => DocumentReaders.Read(path).ToList()).Message);
    }

    [Fact]
    public void Read_OtherExtension_NamesThoseThatAreRead() =>
        Assert.Contains("'.exe'; expected one of .txt, .md", Assert.Throws<RefusedDocumentException>(() => DocumentReaders.Read(Write("a.exe", "x")).ToList()).Message);

    [Fact]
    public void Read_MissingFile_SaysSo() =>
        Assert.Contains("cannot be read", Assert.Throws<UserInputException>(() => DocumentReaders.Read(Path.Combine(_folder, "no.txt")).ToList()).Message);
}
