using Geobuk.Evaluation.Tasks;
using Geobuk.Models;

namespace Geobuk.Evaluation.Tests.Tasks;

public sealed class TableFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("geobuk-table-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Read_CsvWithQuotesCommasAndLineBreaks_GivesCells()
    {
        var path = Write("t.csv", "question,answer,A\n\"말했다 \"\"네\"\", 그리고\n둘째 줄\",1,가\r\nx,2,나\n");
        var task = TaskRegistry.All.Single(t => t.Name == "kmmlu");
        var fault = Assert.Throws<UserInputException>(() => task.Read(path));
        Assert.StartsWith($"{path}:2: the columns are question, answer, A; expected B", fault.Message);
    }

    [Fact]
    public void Read_CsvRowWithTooFewCells_NamesTheLineAfterAQuotedBreak()
    {
        var path = Write("t.csv", "question,answer,A,B,C,D\n\"두\n줄\",1,a,b,c,d\nx,1,a\n");
        var fault = Assert.Throws<UserInputException>(() => TaskRegistry.Parse("kmmlu=" + path).Task.Read(path));
        Assert.StartsWith($"{path}:4: the row has 3 cells; expected 6", fault.Message);
    }

    [Fact]
    public void Read_UnclosedQuote_IsReported() =>
        Assert.Contains("not closed", Assert.Throws<UserInputException>(() => TaskRegistry.Parse("kmmlu=x").Task.Read(Write("u.csv", "question,answer\n\"x,1\n"))).Message);

    [Fact]
    public void Read_TsvCellThatOnlyBeginsWithAQuotation_KeepsItsQuotes()
    {
        var path = Write("test.tsv", "ID\tText\tQuestion\tAnswer\r\n1\t\"갑\"과 \"을\"\t\"\"\"병\"\"인가\"\tTRUE\r\n");
        var item = Assert.Single(TaskRegistry.Parse("kobest_boolq=" + path).Task.Read(path));
        Assert.Equal("\"갑\"과 \"을\" 질문: \"병\"인가 답변: ", item.Prompt);
        Assert.Equal(1, item.Answer);
    }

    [Fact]
    public void Read_JsonLinesWithPublishedNames_GivesTheSameItem()
    {
        var path = Write("copa.jsonl", """{"premise":"비가 왔다.","question":"결과","alternative_1":"땅이 젖었다.","alternative_2":"눈이 녹았다.","label":0}""");
        var item = Assert.Single(TaskRegistry.Parse("kobest_copa=" + path).Task.Read(path));
        Assert.Equal("비가 왔다.  그래서", item.Prompt);
        Assert.Equal(" 땅이 젖었다.", item.Continuation(0));
        Assert.Equal(0, item.Answer);
    }

    private string Write(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }
}
