namespace Geobuk.Samples.Tests;

internal sealed record ExamQuestion(string Id, string Question, string[] Choices, int Answer, string Source, string Topic)
{
    public string AnswerText => Choices[Answer];
}
