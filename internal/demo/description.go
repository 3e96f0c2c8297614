package demo

import (
	"context"
	"fmt"

	"assay/internal/description"
	"assay/internal/register"
)

// describes is what Larkspur wrote of its system, by description criterion.
func describes() [][3]string {
	return [][3]string{
		{"DC1", "Services provided", "{{org:name}} takes orders for shops, hands them to couriers and tells the shops' customers where they are. About 300 shops in four countries use it over the web.\n\nConsulting for single shops is no part of the system: it touches neither the service nor its data."},
		{"DC2", "Commitments to customers", "The agreement with every shop commits {{org:name}} to:\n\n- protect orders and the personal data in them from access by others;\n- have the service available for 99.9 % of each month;\n- delete the data of a shop within 30 days after it leaves."},
		{"DC2", "Requirements that follow", "Access is given by role and taken back when somebody leaves: {{control:IAM-08}}. Whoever signs in shows a second factor: {{control:IAM-03}}. Stored data is encrypted: {{control:CRY-02}}."},
		{"DC3", "Infrastructure and software", "The service runs with {{vendor:V-01}} in two regions and is watched with {{vendor:V-03}}. Its code is written by {{org:name}}."},
		{"DC3", "People, procedures and data", "Engineering, support and operations work from Stockholm and from home. Orders hold names, addresses and what was bought; payment details never reach the system."},
	}
}

// described writes the description down, has a second person approve it, and adds
// what the shops have to do.
func (m *maker) described(ctx context.Context) error {
	for i, p := range describes() {
		if err := m.put(ctx, description.Noun, "criterion", p[0], "title", p[1], "text", p[2], "owner", "Priya Raman"); err != nil {
			return err
		}
		if _, err := m.s.Registers.Move(ctx, m.second, description.Noun, fmt.Sprintf("SD-%02d", i+1), "approve", register.Step{}); err != nil {
			return fmt.Errorf("description, %s: %w", p[1], err)
		}
	}
	for _, u := range [][]string{
		{"title", "give Larkspur a correct list of who may use the shop's account", "sort", "responsibility", "controls", "IAM-05"},
		{"title", "tell Larkspur when a courier's key was lost", "sort", "responsibility"},
	} {
		if err := m.put(ctx, description.UserControlNoun, u...); err != nil {
			return err
		}
	}
	return nil
}
