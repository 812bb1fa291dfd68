using Geobuk.Evaluation.Metrics;
using Geobuk.Models;

namespace Geobuk.Evaluation.Tests.Metrics;

public sealed class EvaluationDocumentTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("geobuk 글 ").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Read_Folder_GivesTheDocumentsOfItsTextFilesInOrder()
    {
        Write("나/규정.md", "제1조 휴가");
        Write("가.jsonl", """
            {"id": "a", "text": "漢字"}
            {"text": "ＡＢＣ"}
            """);
        Write("그림.png", "no text");
        var documents = EvaluationDocument.Read(_folder);
        Assert.Equal([("a", "漢字"), ("2", "ＡＢＣ"), (Path.Combine("나", "규정.md"), "제1조 휴가")], documents.Select(document => (document.Id, document.Text)));
    }

    [Fact]
    public void Read_FolderWithoutText_IsRefusedWithItsName()
    {
        Write("빈.txt", "");
        Assert.StartsWith($"{_folder}: there is no text in it; expected one document or more", Assert.Throws<UserInputException>(() => EvaluationDocument.Read(_folder)).Message, StringComparison.Ordinal);
    }

    private void Write(string name, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(_folder, name))!);
        File.WriteAllText(Path.Combine(_folder, name), text);
    }
}
