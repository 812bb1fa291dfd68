using Geobuk.Inference.Chat;

namespace Geobuk.Inference.Tests.Chat;

public sealed class ToolCallReaderTests
{
    private const string Call = """{"name": "leave", "arguments": {"days": 3}}""";

    [Theory]
    [InlineData("\n <tool_call>\n" + Call + "\n</tool_call>\n", "", 1)]
    [InlineData("찾아본다.\n<tool_call>\n" + Call + "\n</tool_call>", "찾아본다.\n", 1)]
    [InlineData("<tool_call>\n" + Call + "\n</tool_call>\n<tool_call>\n" + Call + "\n</tool_call>", "", 2)]
    [InlineData("  \n", "  \n", 0)]
    [InlineData("\n<tool_call>\n{\"name\"", "\n<tool_call>\n{\"name\"", 0)]
    [InlineData("<tool", "<tool", 0)]
    public void Marked_InPiecesOfAnySize_TellsCallsFromText(string answer, string text, int calls)
    {
        foreach (var size in new[] { 1, 3, 1000 }) Assert.Equal((text, calls), Read(new ToolCallReader(ToolStyle.Hermes, ["leave"]), answer, size));
    }

    [Theory]
    [InlineData("""{"name": "leave", "parameters": {"days": 3}}""", 1)]
    [InlineData(""" {"name": "leave"}""", 1)]
    [InlineData("""{"name": "홍길동", "parameters": {}}""", 0)]
    [InlineData("""{"이름": "leave"}""", 0)]
    public void WithoutMark_IsACallOnlyIfItNamesATool(string answer, int calls)
    {
        foreach (var size in new[] { 1, 1000 }) Assert.Equal((calls > 0 ? "" : answer, calls), Read(new ToolCallReader(ToolStyle.Llama, ["leave"]), answer, size));
    }

    private static (string Text, int Calls) Read(ToolCallReader reader, string answer, int size)
    {
        var text = string.Concat(answer.Chunk(size).Select(piece => reader.Push(new string(piece))));
        var (rest, calls) = reader.End();
        Assert.All(calls, call => Assert.Equal("leave", call.Name));
        return (text + rest, calls.Count);
    }
}
