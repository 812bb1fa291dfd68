using System.Text;
using Geobuk.Evaluation.Tasks;
using Geobuk.Models;

namespace Geobuk.Evaluation.Tests.Tasks;

public sealed class ExamFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("geobuk-exam-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Read_HangulHanjaAndFullWidth_KeepsEveryCharacter()
    {
        var path = Write("""
            {"id":"q1","question":"휴가(休暇)는 며칠 전까지 신청하는가？","choices":["３일","5일","7일","10일"],"answer":2,"source":"규정/제12조/②","topic":"휴가"}

            {"id":"q2","question":"당직 교대 시각은?","choices":["08:00","09:00"],"answer":0}
            """);
        var items = ExamFile.Read(path);
        Assert.Equal(2, items.Count);
        Assert.Equal("질문: 휴가(休暇)는 며칠 전까지 신청하는가？\n답:", items[0].Prompt);
        Assert.Equal(" ３일", items[0].Continuation(0));
        Assert.Equal(2, items[0].Characters(0));
        Assert.Equal("휴가", items[0].Topic);
        Assert.Equal("규정/제12조/②", items[0].Source);
        Assert.Null(items[1].Topic);
    }

    [Fact]
    public void Read_SeveralMistakes_ReportsEachWithItsLine()
    {
        var path = Write("""
            {"id":"a","question":"x","choices":["1","2"],"answer":2}
            {"id":"b","question":"","choices":["1","2"],"answer":0}
            not json
            {"id":"c","question":"x","choices":["1"],"answer":0}
            {"id":"d","question":"x","choices":["같다","같다"],"answer":0}
            {"id":"e","question":"x","choices":["1","2"],"answer":0}
            {"id":"e","question":"y","choices":["1","2"],"answer":"1"}
            {"id":"e","question":"y","choices":["1","2"],"answer":1}
            [1]
            """);
        var fault = Assert.Throws<UserInputException>(() => ExamFile.Read(path));
        Assert.Collection(fault.Problems,
            p => Assert.Equal($"{path}:1: answer is 2; expected 0 to 1, the index of the right choice. Correct the line.", p),
            p => Assert.StartsWith($"{path}:2: question is \"\"; expected a text", p),
            p => Assert.StartsWith($"{path}:3: not json is not JSON", p),
            p => Assert.StartsWith($"{path}:4: choices is [\"1\"]; expected a list of 2 to 26 texts", p),
            p => Assert.StartsWith($"{path}:5: choices[1] is \"같다\" again", p),
            p => Assert.StartsWith($"{path}:7: answer is \"1\"; expected 0 to 1", p),
            p => Assert.StartsWith($"{path}:8: id is \"e\" as on line 6", p),
            p => Assert.StartsWith($"{path}:9: [1] is not a JSON object", p));
    }

    [Fact]
    public void Read_BytesThatAreNotUtf8_NamesLineAndBytes()
    {
        var path = Path.Combine(_folder, "cp949.jsonl");
        File.WriteAllBytes(path, [.. Encoding.UTF8.GetBytes("{\"id\":\"a\"}\n{\"id\":\""), 0xB0, 0xA1, (byte)'"', (byte)'}']);
        var fault = Assert.Throws<UserInputException>(() => ExamFile.Read(path));
        Assert.StartsWith($"{path}:2: the bytes B0 are not UTF-8", fault.Message);
    }

    [Fact]
    public void Read_AbsentOrEmptyFile_SaysSo()
    {
        Assert.Contains("does not exist", Assert.Throws<UserInputException>(() => ExamFile.Read(Path.Combine(_folder, "none.jsonl"))).Message);
        Assert.Contains("holds no question", Assert.Throws<UserInputException>(() => ExamFile.Read(Write("\n\n"))).Message);
    }

    [Theory]
    [InlineData(null, 10)]
    [InlineData(20, 10)]
    [InlineData(3, 3)]
    public void Spread_Limit_TakesEvenlySpacedItems(int? limit, int expected)
    {
        var items = Enumerable.Range(0, 10).Select(i => new MultipleChoiceItem($"{i}", "p", ["a", "b"], 0)).ToList();
        var taken = MultipleChoiceItem.Spread(items, limit);
        Assert.Equal(expected, taken.Count);
        if (limit == 3) Assert.Equal(["0", "3", "6"], taken.Select(i => i.Id));
    }

    private string Write(string text)
    {
        var path = Path.Combine(_folder, $"{Guid.NewGuid():N}.jsonl");
        File.WriteAllText(path, text);
        return path;
    }
}
