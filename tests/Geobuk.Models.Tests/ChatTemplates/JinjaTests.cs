using System.Text.Json;
using System.Text.Json.Nodes;
using Geobuk.Models.ChatTemplates;
using Geobuk.Tests;

namespace Geobuk.Models.Tests.ChatTemplates;

/// <summary>
/// The language of chat templates against Jinja 3.1.6 itself, set as transformers sets it: what tests/oracle/jinja.py wrote to
/// tests/oracle/jinja.json. Where Jinja fails, so do we.
/// </summary>
public class JinjaTests
{
    // Outside the subset: a clear error with the line, never another output.
    private static readonly string[] s_unsupported = [];

    [Fact]
    public void Render_EveryConstruct_GivesJinjasText()
    {
        var set = JsonNode.Parse(File.ReadAllText(TestPaths.Repository("tests", "oracle", "jinja.json")))!;
        var variables = set["variables"]!.AsObject();
        var messages = variables["messages"]!.AsArray();
        var others = variables.Where(entry => entry.Key is not ("messages" or "add_generation_prompt")).ToDictionary(entry => entry.Key, entry => entry.Value);
        var differences = new List<string>();
        foreach (var one in set["cases"]!.AsArray())
        {
            var (template, wanted) = ((string)one!["template"]!, (string?)one["output"]);
            string? got = null, error = null;
            try
            {
                got = ChatTemplate.Parse(template, "template").RenderJson(messages, true, others);
            }
            catch (UserInputException e)
            {
                error = e.Message;
            }
            if (error is not null) Assert.StartsWith("template:", error);
            if (got == wanted || (got is null && s_unsupported.Contains(template))) continue;
            differences.Add($"{template}\n  wanted {JsonSerializer.Serialize(wanted)}\n  got    {JsonSerializer.Serialize(got ?? "error " + error)}");
        }
        Assert.True(differences.Count == 0, $"{differences.Count} differ:\n{string.Join('\n', differences)}");
    }

    /// <summary>What the subset leaves out is said when the template is read, with its line.</summary>
    [Theory]
    [InlineData("a\n{% include 'x' %}", "the tag include is not supported")]
    [InlineData("a\n{% import 'x' as y %}", "the tag import is not supported")]
    [InlineData("a\n{% call m() %}x{% endcall %}", "the tag call is not supported")]
    [InlineData("a\n{% for x in messages recursive %}{% endfor %}", "the loop is recursive")]
    [InlineData("a\n{{ messages|batch(2) }}", "the filter batch is not known")]
    [InlineData("a\n{{ 1 is filter }}", "the test filter is not known")]
    [InlineData("a\n{{ [x for x in y] }}", "for stands here")]
    [InlineData("a\n{% raw %}x", "a raw block is not closed")]
    public void Parse_OutsideTheSubset_NamesTheLine(string template, string words)
    {
        var error = Assert.Throws<UserInputException>(() => ChatTemplate.Parse(template, "template"));

        Assert.StartsWith("template:2: ", error.Message);
        Assert.Contains(words, error.Message);
    }
}
